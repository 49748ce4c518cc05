package dev.limen.demo.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a run differs from what is shipped, so that tests can see the judge find it.
 *
 * <p>Invariant: {@link #NONE} changes no byte of anything.
 *
 * @param envoyConfig of the shipped file; null runs the very file
 * @param limenEnvironment on top of the demo's
 * @param fromLimen of each piece of Limen's answers on the wire; keeps lengths
 * @param fromManagement the same for Limen's management port; null leaves the wire alone
 * @param providerFault a fault of the provider of this project, e.g. {@code wrong-nonce}
 * @param envoy another binary than the one that is found; null for that
 */
public record Variation(
    @Nullable UnaryOperator<String> envoyConfig,
    Map<String, String> limenEnvironment,
    UnaryOperator<byte[]> fromLimen,
    @Nullable UnaryOperator<byte[]> fromManagement,
    @Nullable String providerFault,
    @Nullable Path envoy) {

  /** With the binary that is found. */
  public Variation(
      @Nullable UnaryOperator<String> envoyConfig,
      Map<String, String> limenEnvironment,
      UnaryOperator<byte[]> fromLimen,
      @Nullable UnaryOperator<byte[]> fromManagement,
      @Nullable String providerFault) {
    this(envoyConfig, limenEnvironment, fromLimen, fromManagement, providerFault, null);
  }

  /** As shipped. */
  public static final Variation NONE =
      new Variation(null, Map.of(), UnaryOperator.identity(), null, null);

  public static Variation ofEnvoy(UnaryOperator<String> change) {
    return ofEnvoy(change, null);
  }

  /** That change of the shipped file, run by that binary. */
  public static Variation ofEnvoy(UnaryOperator<String> change, @Nullable Path envoy) {
    return new Variation(change, Map.of(), NONE.fromLimen, null, null, envoy);
  }

  /** This text of the shipped file becomes that text; the file must hold it. */
  public static Variation ofEnvoyText(String from, String to) {
    return ofEnvoy(text -> replaced(text, from, to));
  }

  public static Variation ofLimen(String variable, String value) {
    return new Variation(null, Map.of(variable, value), NONE.fromLimen, null, null);
  }

  /** Every {@code from} in an answer of Limen becomes {@code to}, which is as long. */
  public static Variation ofAnswers(String from, String to) {
    return new Variation(
        null, Map.of(), piece -> Bytes.replaceSameLength(piece, from, to), null, null);
  }

  public static Variation ofManagement(UnaryOperator<byte[]> change) {
    return new Variation(null, Map.of(), NONE.fromLimen, change, null);
  }

  public static Variation ofProviderFault(String fault) {
    return new Variation(null, Map.of(), NONE.fromLimen, null, fault);
  }

  static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalStateException("the shipped Envoy file holds no such text: " + from);
    }
    return text.replace(from, to);
  }
}
