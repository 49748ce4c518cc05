package dev.limen.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the configuration reference says of one key, and what the key is when nobody sets it.
 *
 * <p>Invariant: the default stands here and nowhere else; a test pins all of them.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
  /** The default of a key that has none: the start stops if it is missing. */
  String REQUIRED = "(required)";

  /** The default as YAML, or {@link #REQUIRED}; ignored where the component is a record. */
  String value() default REQUIRED;

  /**
   * The least and the greatest value of a number or a duration, {@code "10s to 24h"}; empty for
   * none. It is both what the reference says and what is checked ({@link Bounds}).
   */
  String bounds() default "";

  /** One line for the reference. */
  String doc() default "";

  /**
   * The keys of the secret ({@code value}, {@code fromEnv}, {@code fromFile}) stand here itself.
   */
  boolean inline() default false;

  /** Whether the key with nothing behind it is a mistake instead of its default. */
  boolean neverEmpty() default false;
}
