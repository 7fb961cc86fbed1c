package stacktrace

import "strings"

// The functions below tell the user's own code from runtimes, frameworks and
// installed packages, by the place that the frame names. What names no place
// is not the user's.

func userPython(f Frame) bool {
	if strings.HasPrefix(f.File, "<") { // <frozen importlib._bootstrap>, <string>
		return false
	}
	if containsAny(f.File, "site-packages", "dist-packages", "/lib-dynload/", "importlib/_bootstrap", ".zip/", "/lib/spark/") {
		return false
	}
	if pythonLibrary(f.File) {
		return false
	}
	// Scripts that pip installs: /usr/local/bin/gunicorn.
	return !containsAny(f.File, "/bin/") || strings.HasSuffix(f.File, ".py")
}

// pythonLibrary reports whether a file is in ".../lib/python3.11/", wherever
// that is: /usr/local, conda, pyenv, a layer of a buildpack.
func pythonLibrary(file string) bool {
	for _, dir := range [...]string{"/lib/python", `\Lib\`, `/Lib/`, "/lib/pypy", "/lib64/python"} {
		i := strings.Index(file, dir)
		if i < 0 {
			continue
		}
		rest := file[i+len(dir):]
		if dir[0] == '\\' || dir == "/Lib/" {
			return true
		}
		if rest != "" && (isDigit(rest[0]) || rest[0] == '/') {
			return true
		}
	}
	return false
}

func containsAny(s string, subs ...string) bool {
	for _, sub := range subs {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}

func hasPrefixAny(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// Packages of the JDK, of Kotlin and Scala, and of the frameworks that fill
// most of a server's stack.
var javaForeign = wordSet(`java javax jakarta jdk sun com.sun kotlin kotlinx scala groovy clojure akka android org.springframework org.apache org.hibernate
org.eclipse org.jboss org.wildfly org.postgresql org.gradle org.slf4j org.codehaus org.mariadb org.h2 org.flywaydb org.jooq
org.aspectj org.glassfish org.junit org.thymeleaf org.redisson org.elasticsearch org.keycloak org.quartz org.joda org.yaml
io.netty io.grpc io.micrometer io.micronaut io.quarkus io.vertx io.undertow io.lettuce io.ktor io.reactivex io.opentelemetry
io.sentry io.r2dbc io.smallrye io.projectreactor io.confluent io.opencensus reactor rx ch.qos redis.clients okhttp3 okio retrofit2
feign net.bytebuddy liquibase com.google com.fasterxml com.zaxxer com.mysql com.mongodb com.netflix com.amazonaws com.microsoft
com.rabbitmq com.squareup com.oracle com.typesafe play software.amazon brave zipkin2 dagger graphql`)

func userJava(f Frame) bool {
	first, rest, _ := strings.Cut(f.Function, ".")
	second, _, _ := strings.Cut(rest, ".")
	if javaForeign[first] || javaForeign[f.Function[:min(len(f.Function), len(first)+1+len(second))]] {
		return false
	}
	return !containsAny(f.Function, "$$FastClassBySpringCGLIB", "$$EnhancerBySpringCGLIB", "$Proxy")
}

func userNode(f Frame) bool {
	if f.File == "" || strings.HasPrefix(f.File, "node:") || strings.HasPrefix(f.File, "internal/") {
		return false
	}
	if !strings.ContainsAny(f.File, `/\`) { // fs.js, net.js of Node before 15
		return false
	}
	return !containsAny(f.File, "node_modules", "/.pnpm/", "/.yarn/", "/usr/lib/node", "/usr/local/lib/node")
}

// GOROOT as installers place it, the module cache, and vendored packages.
// /go/src is the GOPATH of the official images, and so the user's.
var goForeign = []string{
	"/usr/local/go/src/", "/usr/lib/go", "/libexec/src/", "/toolcache/go/", "/golang.org/toolchain", "/go1.", "/pkg/mod/", "/vendor/", "/external/",
}

func userGo(f Frame) bool {
	if f.File == "" || strings.HasPrefix(f.Function, "runtime.") || f.Function == "panic" {
		return false
	}
	if containsAny(f.File, goForeign...) || strings.HasPrefix(f.File, "vendor/") || f.File == "_testmain.go" {
		return false
	}
	// With -trimpath the standard library has no folder of its own: "net/http/server.go".
	if !strings.HasPrefix(f.File, "/") && !strings.Contains(f.File, ":\\") {
		first, _, _ := strings.Cut(f.File, "/")
		return strings.Contains(first, ".") && !strings.Contains(f.File, "@") || strings.HasPrefix(f.Function, "main.")
	}
	return true
}

var dotnetForeign = []string{
	"System.", "Microsoft.", "Npgsql.", "MySqlConnector.", "MySql.", "StackExchange.", "Newtonsoft.", "Grpc.", "Google.", "Serilog.",
	"MediatR.", "FluentValidation.", "AutoMapper.", "Dapper.", "Polly.", "MassTransit.", "RabbitMQ.", "Hangfire.", "Swashbuckle.",
	"MongoDB.", "Azure.", "Amazon.", "Quartz.", "NLog.", "Castle.", "Autofac.", "Oracle.", "Confluent.", "Sentry.", "lambda_method",
}

func userDotnet(f Frame) bool { return !hasPrefixAny(f.Function, dotnetForeign) }

func userRuby(f Frame) bool {
	if strings.HasPrefix(f.File, "<internal:") {
		return false
	}
	if containsAny(f.File, "/gems/", "vendor/bundle", "/lib/ruby/", "/rubygems/", "/bundler/") || strings.HasPrefix(f.File, "bin/") {
		return false
	}
	return !strings.Contains(f.File, "/bin/")
}

func userPHP(f Frame) bool {
	return f.File != "" && !containsAny(f.File, "/vendor/", `\vendor\`, "/pear/", "/wp-includes/", "/wp-admin/")
}

func userRust(f Frame) bool {
	if f.File == "" {
		return !hasPrefixAny(f.Function, rustForeign)
	}
	return !containsAny(f.File, "/rustc/", "/.cargo/registry/", "/.rustup/", "library/std/", "library/core/", "/cargo/git/")
}

var rustForeign = []string{
	"std::", "core::", "alloc::", "rust_", "__rust", "_start", "__libc", "<core::", "<alloc::", "<std::", "tokio::", "<tokio::",
	"hyper::", "<hyper::", "futures", "<futures", "clone", "start_thread", "tower::", "<tower::", "axum::", "<axum::", "actix", "<actix",
}

func userBeam(app string, f Frame) bool {
	name, _, _ := strings.Cut(app, " ")
	switch name {
	case "elixir", "stdlib", "kernel", "mix", "iex", "logger", "eex", "ecto", "ecto_sql", "db_connection", "postgrex", "phoenix", "plug",
		"plug_cowboy", "cowboy", "ranch", "bandit", "thousand_island", "phoenix_live_view", "oban", "finch", "mint", "tesla", "jason", "hackney",
		"absinthe", "broadway", "gen_stage", "swoosh", "redix", "telemetry":
		return false
	}
	if containsAny(f.File, "gen_server.erl", "proc_lib.erl", "supervisor.erl", "gen_statem.erl", "application_master.erl", "erl_eval.erl") {
		return false
	}
	return !containsAny(f.File, "/deps/") && !strings.HasPrefix(f.File, "deps/")
}
