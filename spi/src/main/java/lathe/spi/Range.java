package lathe.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The interval that a number of a configuration record must lie in, in the usual notation: {@code "[0, 1)"},
 * {@code "[1, inf)"}, {@code "(0, 8]"}. On a list it holds for every element.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Range {
    /**
     * The interval.
     *
     * @return lower and upper bound with round (open) or square (closed) brackets
     */
    String value();
}
