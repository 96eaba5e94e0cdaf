package lathe.launcher.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import lathe.launcher.command.PluginTemplate.PluginKind;
import lathe.spi.LatheException;

/** {@code lathe new-plugin}: a Maven project with a working method, to be changed into one's own. */
@Command(name = "new-plugin", description = "Write a Maven project for a method of your own: a working formula with its parameters and contract test.")
final class NewPluginCommand implements Runnable {
    private static final Pattern PACKAGE = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*\\.[a-z][a-z0-9]*");

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PACKAGE", description = "Package and bundle name, such as com.acme.mymethod; its last part is the method's id.")
    private String packageName;

    @Option(names = "--kind", required = true, paramLabel = "KIND", converter = KindConverter.class, description = "What it decides: pruner, quantizer, attention, kv or router.")
    private PluginKind kind;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where the project is written (default: the method's id).")
    private Path folder;

    @Override
    public void run() {
        if (!PACKAGE.matcher(packageName).matches()) {
            throw new LatheException(
                    "'" + packageName + "' cannot be a package with a method's id at its end: write lower-case "
                            + "words joined by dots, such as com.acme.mymethod.");
        }
        PluginTemplate template = new PluginTemplate(packageName, kind);
        Path target = folder == null ? Path.of(template.id()) : folder;
        refuseOccupied(target);
        PrintWriter out = spec.commandLine().getOut();
        try {
            template.write(target).forEach(out::println);
        } catch (IOException failure) {
            throw new LatheException("The project cannot be written to " + target + ": " + failure.getMessage(),
                    failure);
        }
        out.println();
        out.println("Build it with `mvn package` in " + target + ", then copy target/" + template.id()
                + "-1.0.0.jar into the plugins folder.");
        out.flush();
    }

    /** Reads a kind and names those that there are. */
    static final class KindConverter implements ITypeConverter<PluginKind> {
        @Override
        public PluginKind convert(String text) {
            return Stream.of(PluginKind.values())
                    .filter(kind -> kind.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is none of pruner, quantizer, attention, kv, router"));
        }
    }

    private static void refuseOccupied(Path target) {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<Path> files = Files.list(target)) {
            if (files.findAny().isPresent()) {
                throw new LatheException("The folder " + target + " is not empty: name another with --dir.");
            }
        } catch (IOException failure) {
            throw new LatheException(target + " is no folder that a project can be written to.", failure);
        }
    }
}
