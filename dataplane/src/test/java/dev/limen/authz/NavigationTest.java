package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a redirect to a sign-in form helps. */
@NullMarked
class NavigationTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | sec-fetch-mode: navigate, sec-fetch-dest: document               | true",
        "HEAD | sec-fetch-mode: navigate, sec-fetch-dest: document               | true",
        "GET  | sec-fetch-mode: navigate                                         | true",
        "GET  | accept: text/html                                                | true",
        "GET  | accept: application/xhtml+xml;q=1;Text/HTML;q=0.9                | true",
        "HEAD | accept: text/html                                                | true",
        "GET  | sec-fetch-mode: navigate, x-requested-with: com.example.webview  | true",
        // What the user agent says of itself wins over what a script may ask for.
        "GET  | sec-fetch-mode: cors, sec-fetch-dest: empty, accept: text/html   | false",
        "GET  | sec-fetch-mode: no-cors, sec-fetch-dest: image, accept: text/html | false",
        "GET  | sec-fetch-mode: same-origin, accept: text/html                   | false",
        "GET  | sec-fetch-mode: websocket, sec-fetch-dest: websocket             | false",
        "GET  | sec-fetch-mode: navigate, sec-fetch-dest: iframe                 | false",
        "GET  | sec-fetch-dest: empty, accept: text/html                         | false",
        "GET  | sec-fetch-mode: , accept: text/html                              | false",
        "GET  | x-requested-with: XMLHttpRequest, accept: text/html              | false",
        "GET  | accept: */*                                                      | false",
        "GET  | accept: application/json                                         | false",
        "GET  | x-nothing: 1                                                     | false",
        // A body would be lost on the way.
        "POST | sec-fetch-mode: navigate, sec-fetch-dest: document               | false",
        "POST | accept: text/html                                                | false",
        "PUT  | accept: text/html                                                | false",
        "get  | accept: text/html                                                | false",
        "GET  | accept: text/html, upgrade: websocket                            | false",
        "GET  | sec-fetch-mode: navigate, upgrade: websocket                     | false",
        "GET  | accept: text/html, content-type: application/grpc                | false",
        "GET  | accept: text/html, content-type: Application/gRPC-web+proto      | false",
      })
  void aNavigationIsWhatAPersonSees(String method, String headers, boolean navigation) {
    Requests request = Requests.get("/").method(method);
    for (String header : headers.split(", ")) {
      request = request.header(header);
    }
    assertThat(Navigation.isNavigation(request.build())).isEqualTo(navigation);
  }
}
