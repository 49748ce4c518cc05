package dev.limen.demo.judge;

import dev.limen.demo.http.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What one step leaves for the next. */
final class Walk {
  private static final int BODY_LENGTH = 64 << 10;
  private static final Reply NONE = new Reply(0, List.of(), new byte[0]);

  final Browser browser;

  /** Somebody else's, beside it. */
  final Browser spare;

  final String planted = "planted-" + Browser.random();

  /** Says that a body was forwarded, wherever a piece of it is found. */
  private final String marker = "body-" + Browser.random() + "-";

  long sessionsBefore;
  long tracesBefore;
  long checksBefore;
  long requestsBefore;
  int providerMark;
  Reply first = NONE;
  Reply formPage = NONE;
  Reply posted = NONE;
  Reply callbackReply = NONE;
  Reply again = NONE;
  String flowName = "";
  String authorization = "";
  String state = "";
  String nonce = "";
  String action = "";
  String callback = "";

  /** The parameters of the sign-in that the spare browser began and never ends. */
  Query spareSent = Query.of("");

  /** Values of cookies that were handed out, to be searched for where they must not be. */
  final List<String> secrets = new ArrayList<>();

  Walk(Browser browser, Browser spare) {
    this.browser = browser;
    this.spare = spare;
  }

  /** 64 KiB that are nothing but the marker, so that the first bytes are as telling as the last. */
  byte[] body() {
    String text = marker.repeat(BODY_LENGTH / marker.length() + 1).substring(0, BODY_LENGTH);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void expectBodyNotSeen(Scene scene) {
    StepFailed.expect(
        !scene.recorder().sawRequest(marker), "the body's marker not in the recording", "it is");
  }
}
