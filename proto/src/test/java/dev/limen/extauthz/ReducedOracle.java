package dev.limen.extauthz;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.limen.extauthz.CheckRequestModel.Line;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CheckRequest as protobuf-java reads it when told just as much about it as Limen knows: every
 * string is {@code bytes}, and what Limen skips is unknown. So it differs from the reader in
 * nothing but the code, and the two must accept exactly the same bytes.
 */
public final class ReducedOracle {
  private static final Descriptor CHECK_REQUEST = describe();

  private ReducedOracle() {}

  /** What it says; throws if it is none. */
  public static CheckRequestModel read(byte[] message) throws InvalidProtocolBufferException {
    DynamicMessage.Builder request = DynamicMessage.newBuilder(CHECK_REQUEST);
    PatientInput.read(message, request);
    Message attributes = child(request.build(), "attributes");
    Message http = child(child(attributes, "request"), "http");
    Message socket = child(child(child(attributes, "source"), "address"), "socket");
    Map<String, String> values = new HashMap<>();
    for (String name : List.of("id", "method", "path", "host", "scheme", "protocol")) {
      CheckRequestModel.put(values, name, text(http, name));
    }
    CheckRequestModel.put(values, "source", text(socket, "address"));
    Map<String, String> map = new LinkedHashMap<>();
    for (Message entry : children(http, "headers")) {
      CheckRequestModel.putLast(map, text(entry, "key"), text(entry, "value"));
    }
    List<Line> lines = new ArrayList<>();
    for (Message header : children(child(http, "header_map"), "headers")) {
      String raw = text(header, "raw_value");
      lines.add(new Line(text(header, "key"), raw.isEmpty() ? text(header, "value") : raw));
    }
    int port = text(socket, "address").isEmpty() ? 0 : (int) get(socket, "port_value");
    return new CheckRequestModel(values, (long) get(http, "size"), port, map, lines);
  }

  private static Object get(Message message, String name) {
    return message.getField(field(message, name));
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }

  private static Message child(Message message, String name) {
    return (Message) get(message, name);
  }

  private static List<Message> children(Message message, String name) {
    List<Message> children = new ArrayList<>();
    for (int i = 0; i < message.getRepeatedFieldCount(field(message, name)); i++) {
      children.add((Message) message.getRepeatedField(field(message, name), i));
    }
    return children;
  }

  private static String text(Message message, String name) {
    return CheckRequestModel.latin1(((ByteString) get(message, name)).toByteArray());
  }

  private static Descriptor describe() {
    FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder().setSyntax("proto3");
    file.addMessageType(type("CheckRequest", message("attributes", 1, "Attributes")));
    file.addMessageType(
        type("Attributes", message("source", 1, "Peer"), message("request", 4, "Request")));
    file.addMessageType(type("Peer", message("address", 1, "Address")));
    file.addMessageType(
        withOneof(
            "Address", message("socket", 1, "Socket"), bytes("pipe", 2), bytes("internal", 3)));
    FieldDescriptorProto.Builder port =
        scalar("port_value", 3, FieldDescriptorProto.Type.TYPE_UINT32);
    file.addMessageType(
        withOneof("Socket", port, bytes("named_port", 4)).addField(bytes("address", 2)));
    file.addMessageType(type("Request", message("http", 2, "Http")));
    file.addMessageType(
        type(
            "Http",
            bytes("id", 1),
            bytes("method", 2),
            message("headers", 3, "Entry").setLabel(Label.LABEL_REPEATED),
            bytes("path", 4),
            bytes("host", 5),
            bytes("scheme", 6),
            scalar("size", 9, FieldDescriptorProto.Type.TYPE_INT64),
            bytes("protocol", 10),
            message("header_map", 13, "HeaderMap")));
    file.addMessageType(type("Entry", bytes("key", 1), bytes("value", 2)));
    file.addMessageType(
        type("HeaderMap", message("headers", 1, "HeaderValue").setLabel(Label.LABEL_REPEATED)));
    file.addMessageType(
        type("HeaderValue", bytes("key", 1), bytes("value", 2), bytes("raw_value", 3)));
    try {
      return FileDescriptor.buildFrom(file.setName("reduced").build(), new FileDescriptor[0])
          .findMessageTypeByName("CheckRequest");
    } catch (DescriptorValidationException e) {
      throw new AssertionError(e);
    }
  }

  private static DescriptorProto.Builder type(String name, FieldDescriptorProto.Builder... fields) {
    DescriptorProto.Builder type = DescriptorProto.newBuilder().setName(name);
    for (FieldDescriptorProto.Builder field : fields) {
      type.addField(field);
    }
    return type;
  }

  private static DescriptorProto.Builder withOneof(
      String name, FieldDescriptorProto.Builder... fields) {
    DescriptorProto.Builder type = type(name, fields);
    for (FieldDescriptorProto.Builder field : type.getFieldBuilderList()) {
      field.setOneofIndex(0);
    }
    return type.addOneofDecl(OneofDescriptorProto.newBuilder().setName("one"));
  }

  private static FieldDescriptorProto.Builder scalar(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(Label.LABEL_OPTIONAL);
  }

  private static FieldDescriptorProto.Builder bytes(String name, int number) {
    return scalar(name, number, FieldDescriptorProto.Type.TYPE_BYTES);
  }

  private static FieldDescriptorProto.Builder message(String name, int number, String type) {
    return scalar(name, number, FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(type);
  }
}
