package dev.limen.demo.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * The ports that the shipped files name, all on loopback.
 *
 * <p>Invariant: nothing is started before every port that it needs was seen free, so that a busy
 * port is one clear line and never a strange answer from somebody else's server.
 */
public final class Ports {
  public static final int GATEWAY = 8080;
  public static final int GATEWAY_TLS = 8443;
  public static final int ENVOY_ADMIN = 9901;
  public static final int LIMEN_GRPC = 9191;
  public static final int LIMEN_HTTP = 4180;
  public static final int LIMEN_MANAGEMENT = 9193;
  public static final int PROVIDER = 8180;
  public static final int KEYCLOAK_MANAGEMENT = 9000;
  public static final int ORDERS = 8281;
  public static final int REPORTS = 8282;
  public static final int REDIS = 6390;

  private Ports() {}

  /** Throws {@link CannotRun} with port and name of who needs it. */
  public static void requireFree(int port, String who) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    } catch (IOException _) {
      throw new CannotRun(
          "port "
              + port
              + " is in use, and "
              + who
              + " needs it: see who holds it with"
              + "  ss -ltnp 'sport = :"
              + port
              + "'");
    }
  }

  /** A port that was free a moment ago, for those whose number nobody needs to know. */
  public static int anyFree() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return probe.getLocalPort();
    } catch (IOException noneLeft) {
      throw new UncheckedIOException(noneLeft);
    }
  }

  /** Whether somebody accepts connections there. */
  public static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 250);
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
