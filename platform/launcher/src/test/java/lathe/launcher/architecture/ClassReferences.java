package lathe.launcher.architecture;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a compiled class mentions, read from its class file.
 *
 * @param name    its own name
 * @param classes names of all classes that it mentions, also those that only stand in signatures
 * @param strings its string constants
 */
record ClassReferences(String name, Set<String> classes, Set<String> strings) {
    private static final Pattern CLASS_IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+);");

    /** Reads one class file. */
    static ClassReferences read(byte[] bytes) {
        ClassModel model = ClassFile.of().parse(bytes);
        Set<String> classes = new TreeSet<>();
        Set<String> strings = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type -> addClass(type.asInternalName(), classes);
                case NameAndTypeEntry member -> addDescriptor(member.type().stringValue(), classes);
                case MethodTypeEntry type -> addDescriptor(type.descriptor().stringValue(), classes);
                case StringEntry text -> strings.add(text.stringValue());
                default -> {
                }
            }
        }
        model.fields().forEach(field -> addDescriptor(field.fieldType().stringValue(), classes));
        model.methods().forEach(method -> addDescriptor(method.methodType().stringValue(), classes));
        return new ClassReferences(model.thisClass().asInternalName().replace('/', '.'), classes, strings);
    }

    private static void addClass(String internalName, Set<String> classes) {
        if (internalName.startsWith("[")) {
            addDescriptor(internalName, classes);
        } else {
            classes.add(internalName.replace('/', '.'));
        }
    }

    private static void addDescriptor(String descriptor, Set<String> classes) {
        Matcher matcher = CLASS_IN_DESCRIPTOR.matcher(descriptor);
        while (matcher.find()) {
            classes.add(matcher.group(1).replace('/', '.'));
        }
    }

    /** Reads every class file below a folder. */
    static List<ClassReferences> below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> compiled = files.filter(file -> file.toString().endsWith(".class")).sorted().toList();
            Stream.Builder<ClassReferences> references = Stream.builder();
            for (Path file : compiled) {
                references.add(read(Files.readAllBytes(file)));
            }
            return references.build().toList();
        }
    }
}
