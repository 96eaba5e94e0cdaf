package lathe.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value that a component of a configuration record has when the HOCON file says nothing. Written as it would stand in
 * HOCON ({@code "0.5"}, {@code "2:4"}, {@code "[1, 2]"}). A component without a default must be given, unless its type is
 * {@link java.util.Optional}.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Default {
    /**
     * The default.
     *
     * @return the value in HOCON's spelling
     */
    String value();
}
