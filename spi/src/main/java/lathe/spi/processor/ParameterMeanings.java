package lathe.spi.processor;

import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;
import javax.tools.StandardLocation;

/**
 * Writes the {@code @param} texts of every record to {@code META-INF/lathe/config/<binary name>.properties}, one line a
 * component: name, equals sign, text. Values are escaped as {@link java.util.Properties} reads them.
 */
@SupportedAnnotationTypes("*")
public final class ParameterMeanings extends AbstractProcessor {
    private static final Pattern PARAMETER = Pattern.compile("@param\\s+(\\w+)\\s+(.*?)(?=\\n\\s*@|\\z)",
            Pattern.DOTALL);
    private static final Pattern INLINE_TAG = Pattern.compile("\\{@(?:code|literal|link|linkplain|value)\\s+([^}]*)}");

    /** Made by the compiler. */
    public ParameterMeanings() {
        super();
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
        return SourceVersion.latest();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        for (Element root : round.getRootElements()) {
            // A package with a package-info.java is a root too, and its types are roots by themselves.
            if (root.getKind() != ElementKind.PACKAGE) {
                visit(root);
            }
        }
        return false;
    }

    private void visit(Element element) {
        if (element.getKind() == ElementKind.RECORD) {
            describe((TypeElement) element);
        }
        for (Element enclosed : element.getEnclosedElements()) {
            if (enclosed.getKind().isDeclaredType()) {
                visit(enclosed);
            }
        }
    }

    private void describe(TypeElement type) {
        String comment = processingEnv.getElementUtils().getDocComment(type);
        Map<String, String> meanings = comment == null ? Map.of() : parameters(comment);
        if (meanings.isEmpty()) {
            return;
        }
        String name = processingEnv.getElementUtils().getBinaryName(type).toString();
        try (Writer out = processingEnv
                .getFiler()
                .createResource(StandardLocation.CLASS_OUTPUT, "", "META-INF/lathe/config/" + name + ".properties",
                        type)
                .openWriter()) {
            for (Map.Entry<String, String> meaning : meanings.entrySet()) {
                out.write(meaning.getKey() + "=" + escape(meaning.getValue()) + "\n");
            }
        } catch (IOException e) {
            processingEnv
                    .getMessager()
                    .printMessage(Diagnostic.Kind.ERROR, "The help texts of " + name + " could not be written: " + e,
                            type);
        }
    }

    /**
     * Finds the {@code @param} texts of a Javadoc comment.
     *
     * @param comment the comment without its stars
     * @return text by parameter, on one line, without inline tags
     */
    static Map<String, String> parameters(String comment) {
        Map<String, String> found = new LinkedHashMap<>();
        Matcher matcher = PARAMETER.matcher(comment);
        while (matcher.find()) {
            String text = INLINE_TAG.matcher(matcher.group(2))
                    .replaceAll(m -> Matcher.quoteReplacement(m.group(1).strip()));
            found.put(matcher.group(1), text.strip().replaceAll("\\s+", " "));
        }
        return found;
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c == '\\') {
                out.append("\\\\");
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
