package logentry

import "testing"

func TestPathTemplate(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.example.com/orders/4711/items?page=2":                   "/orders/*/items",
		"https://api.example.com":                                            "/",
		"https://api.example.com/":                                           "/",
		"https://api.example.com/orders/":                                    "/orders/",
		"wss://api.example.com/ws":                                           "/ws",
		"wss://api.example.com/ws/chat/2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b": "/ws/chat/*",
		"/socket.io/?EIO=4&transport=websocket":                              "/socket.io/",
		"/users/2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b":                        "/users/*",
		"/runs/task-2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b/log":                "/runs/*/log",
		"/c/9f1c2d3e4b5a":                                                    "/c/*",
		"/c/9f1c2d3e4b5a69788796a5b4c3d2e1f001122334#frag":                   "/c/*",
		"/orders/order-48213":                                                "/orders/*",
		"/users/USR_0001/profile":                                            "/users/*/profile",
		"/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9":                            "/t/*",
		"/days/2026-01-15/report":                                            "/days/*/report",
		"/ip/10.0.0.1":                                                       "/ip/*",
		"/u/ann%40example.com":                                               "/u/*",
		"/u/ann@example.com":                                                 "/u/*",
		"/api/v1/orders":                                                     "/api/v1/orders",
		"/api/v1beta1/oauth2/callback":                                       "/api/v1beta1/oauth2/callback",
		"/static/js/main.3f2a1b9c.js":                                        "/static/js/main.3f2a1b9c.js",
		"/.env":                                                              "/.env",
		"/decade/facade":                                                     "/decade/facade",
		"/a;jsessionid=1234":                                                 "/a",
		"/k%C3%BCche/%D0%9A%D0%BE%D1%82":                                     "/k%C3%BCche/%D0%9A%D0%BE%D1%82",
		"/@nestjs/core":                                                      "/@nestjs/core",
		"/page-2":                                                            "/page-2",
		"":                                                                   "",
	} {
		if got := PathTemplate(url); got != want {
			t.Errorf("PathTemplate(%q) = %q, want %q", url, got, want)
		}
	}
}

func TestHost(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.example.com/x":         "api.example.com",
		"http://user:pw@api.example.com:80": "api.example.com",
		"wss://api.example.com?x=1":         "api.example.com",
		"http://[2001:db8::1]:8080/x":       "[2001:db8::1]",
		"/x":                                "",
		"":                                  "",
	} {
		if got := Host(url); got != want {
			t.Errorf("Host(%q) = %q, want %q", url, got, want)
		}
	}
}
