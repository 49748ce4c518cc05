package dev.limen.extauthz;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Hands protobuf-java a message a few bytes at a time.
 *
 * <p>Invariant: a varint whose tenth byte asks for another is refused, as the encoding
 * specification, protobuf's C++ and protobuf-java's own {@code skipField} have it. Where ten bytes
 * lie at hand at once, protobuf-java 4.36 takes a short cut that accepts some such varints
 * (CheckRequestWireTest holds one); with fewer than ten it never does.
 */
final class PatientInput {
  /** One less than the longest varint. */
  private static final int BYTES_AT_HAND = 9;

  private PatientInput() {}

  static void read(byte[] message, Message.Builder into) throws InvalidProtocolBufferException {
    CodedInputStream input =
        CodedInputStream.newInstance(new ByteArrayInputStream(message), BYTES_AT_HAND);
    try {
      input.pushLimit(message.length);
      into.mergeFrom(input);
      input.checkLastTagWas(0);
    } catch (InvalidProtocolBufferException refusal) {
      throw refusal;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
