package signature

// class is a group of signatures that edges can speak of as class:NAME.
type class struct{ name, doc string }

// classTable is the closed list of classes. A class is added here and nowhere
// else; docs/signatures.md is generated from it.
var classTable = [...]class{
	{"startup-failure", "the process cannot start or cannot serve"},
	{"process-exit", "a process or container ended"},
	{"probe-failure", "a startup, liveness or readiness probe failed"},
	{"not-ready", "the platform says that a revision or service is not ready"},
	{"exception", "an application exception or error that can fail a request"},
	{"request-error", "what a caller sees as 5xx"},
	{"client-error", "what a caller sees as 4xx"},
	{"latency", "an answer that came late"},
	{"job-failure", "a job, task or build that failed"},
	{"database", "a database refused or failed a statement"},
	{"database-connection", "no connection to a database"},
	{"cache", "a cache or key-value store failed"},
	{"network", "a connection could not be made or was cut"},
	{"dns", "a name could not be resolved"},
	{"tls", "a certificate or handshake failed"},
	{"auth", "somebody could not be authenticated"},
	{"permission", "somebody was not allowed to do something"},
	{"configuration", "a setting is missing or wrong"},
	{"secret", "a secret is missing, unreadable or malformed"},
	{"deploy", "a deployment or its rejection"},
	{"scale", "instances were added, removed or missing"},
	{"instance-start", "the platform begins to start an instance: where a start is counted from"},
	{"quota", "a quota or rate limit was reached"},
	{"memory", "memory ran out"},
	{"disk", "disk or file space ran out, or a file could not be used"},
	{"dependency", "an external service answers with an error"},
	{"websocket", "a WebSocket was refused or closed"},
	{"grpc", "a gRPC call failed"},
	{"serialization", "a value could not be written or read in a format"},
	{"code-defect", "the code is wrong, whatever it is given"},
	{"import", "a module, package or class could not be loaded"},
	{"healthy", "something works"},
	{"traffic", "requests and their kind"},
}

// Classes returns the names of all classes, in the order of the documentation.
func Classes() []string {
	out := make([]string, len(classTable))
	for i, c := range classTable {
		out[i] = c.name
	}
	return out
}
