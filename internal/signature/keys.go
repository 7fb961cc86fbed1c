package signature

import "sync"

// The tables in this file are the language: the loader checks files against
// them, and docs/signatures.md and docs/signature.schema.json are written from
// them. A key is added here, read in build.go, and nowhere else.

// shape says what a key takes.
type shape uint8

const (
	takesText       shape = iota // any scalar
	takesWord                    // one of key.words
	takesTexts                   // a list of texts
	takesTextOrList              // one text or a list
	takesWords                   // a list of key.words
	takesWordOrList              // one of key.words or a list of them
	takesNumber
	takesFlag       // true or false
	takesDuration   // 30s, 5m, 1h30m, 2d
	takesSpan       // a duration or one of key.words
	takesMap        // a mapping of key.sub
	takesMaps       // a list of mappings of key.sub
	takesCondition  // a mapping of conditions
	takesConditions // a list of such mappings
	takesFields     // a mapping of capture names to field paths
	takesCondOrList // a condition or a list of them
)

// key is one key of a mapping.
type key struct {
	name  string
	takes shape
	need  bool     // the mapping is wrong without it
	words []string // for words and spans
	sub   *table   // for mappings
	doc   string   // Markdown, one sentence
	like  string   // an example value as it stands in YAML
}

// table is the set of keys of one kind of mapping.
type table struct {
	name string // as documentation calls it
	doc  string
	keys []key
}

func (t *table) find(name string) *key {
	for i := range t.keys {
		if t.keys[i].name == name {
			return &t.keys[i]
		}
	}
	return nil
}

func (t *table) names() []string {
	out := make([]string, len(t.keys))
	for i, k := range t.keys {
		out[i] = k.name
	}
	return out
}

func roleWords() []string {
	var out []string
	for r := RoleChange; r <= RoleNoise; r++ {
		out = append(out, r.String())
	}
	return out
}

func rungWords() []string {
	var out []string
	for r := RungTrace; r <= RungFile; r++ {
		out = append(out, r.String())
	}
	return out
}

func severityWords() []string { return []string{"critical", "high", "medium", "low", "info"} }

func spanWords() []string { return []string{"instance", "execution", "revision", "epoch"} }

// ruleTable returns the keys of a rule file.
func ruleTable() *table {
	return &table{name: "rule", doc: "The keys of a rule file.", keys: []key{
		{name: "id", takes: takesText, need: true, doc: "`<pack>.<name>`, the same words as the folder `<pack>/<name>`; only a-z, 0-9 and `-`.", like: "python.missing-module"},
		{name: "formerly", takes: takesTexts, doc: "Ids that this signature had before. What is known of them in a baseline stays known.", like: "[python.module-not-found]"},
		{name: "title", takes: takesText, need: true, doc: "A short sentence without full stop, read as a heading. May hold `{{capture}}`.", like: "A Python module is missing"},
		{name: "role", takes: takesWord, need: true, words: roleWords(), doc: "The part it plays in an incident.", like: "fault"},
		{name: "severity", takes: takesWord, words: severityWords(), doc: "How bad it is by itself. Incidents are ranked by impact, not by this.", like: "critical"},
		{name: "classes", takes: takesWords, words: Classes(), doc: "Groups that other signatures can speak of as `class:NAME`.", like: "[startup-failure, exception]"},
		{name: "match", takes: takesCondition, doc: "The condition that one entry must fulfil. Exactly one of `match`, `sequence`, `set` and `count` is given.", like: "{message: {contains: No module named}}"},
		{name: "sequence", takes: takesMap, sub: sequenceTable(), doc: "Several events, in this order.", like: "{steps: …, within: 2s}"},
		{name: "set", takes: takesMap, sub: sequenceTable(), doc: "Several events, in any order.", like: "{steps: …, within: 2s}"},
		{name: "count", takes: takesMap, sub: countTable(), doc: "At least so many events of one kind.", like: "{signature: http.server-error, at_least: 5, within: 1m}"},
		{name: "identity", takes: takesTexts, doc: "The captures that tell two findings apart. Without it all observations in one service are one finding.", like: "[module]"},
		{name: "capture", takes: takesFields, doc: "Captures read from fields, beside the named groups of regexps.", like: "{status: httpRequest.status, path: http.path}"},
		{name: "reason", takes: takesText, doc: "What counts as the stated reason if not the whole message, with `{{capture}}`.", like: "\"{{error}}\""},
		{name: "answer", takes: takesText, doc: "One sentence that says what was seen; `{{capture}}` is filled with the first value, `{{capture|words}}` with the words where there is none.", like: "\"`{{module}}` is not in what runs\""},
		{name: "leads_to", takes: takesMaps, sub: edgeTable(), doc: "What this may cause.", like: "[{effect: cloudrun.container-exit, because: …}]"},
		{name: "contradicted_by", takes: takesMaps, sub: contradictionTable(), doc: "Observations that speak against this as a cause. A fault must have some, or `never_contradicted`.", like: "[{signature: http.request-served, because: …}]"},
		{name: "never_contradicted", takes: takesText, doc: "Why no observation can speak against this fault.", like: "an import either works or does not"},
		{name: "expects", takes: takesMaps, sub: expectationTable(), doc: "What should be seen too if this is the cause.", like: "[{signature: cloudrun.container-exit, because: …}]"},
		{name: "notes", takes: takesMaps, sub: noteTable(), doc: "Knowledge that is printed where it holds.", like: "[{say: CPython reports only the first error of a file}]"},
		{name: "alternatives", takes: takesMaps, sub: alternativeTable(), doc: "Rival explanations that logs alone cannot show.", like: "[{id: python.old-image, because: …, check: …}]"},
		{name: "next", takes: takesTexts, doc: "What to check next: sentences, or read-only shell or query lines.", like: "[\"read the tag of the image that runs\"]"},
		{name: "remedy", takes: takesTexts, doc: "What repairs it.", like: "[\"add the package to requirements.txt\"]"},
		{name: "references", takes: takesTexts, doc: "Public sources of what the signature claims.", like: "[https://peps.python.org/pep-0701/]"},
		{name: "also_fires", takes: takesTexts, doc: "Ids of other faults that may fire on hit.json too.", like: "[python.import-error]"},
	}}
}

func edgeTable() *table {
	return &table{name: "leads_to", doc: "An edge from a cause to what it may cause.", keys: []key{
		{name: "effect", takes: takesText, need: true, doc: "A signature id, or `class:NAME` for every failure and impact of that class.", like: "cloudrun.container-exit"},
		{name: "because", takes: takesText, need: true, doc: "The mechanism: lower case, no full stop.", like: "a process whose code does not parse stops before it can listen"},
		{name: "join", takes: takesWordOrList, words: rungWords(), doc: "What both must share, closest first. Default: everything from `trace` to `revision`.", like: "[instance, revision]"},
		{name: "within", takes: takesSpan, words: spanWords(), doc: "How long after the cause the effect may begin, or the life of what it lasts as long as.", like: "30s"},
		{name: "late", takes: takesDuration, doc: "How long after its effect the cause may be logged.", like: "60s"},
	}}
}

func whereTable(times ...string) *table {
	t := &table{name: "where", doc: "Where and when an observation counts.", keys: []key{
		{name: "same", takes: takesWordOrList, words: rungWords(), doc: "What both must share.", like: "instance"},
	}}
	if len(times) == 0 {
		t.name = "where-expected"
		t.doc = "The `where` of `expects`."
	} else {
		t.keys = append(t.keys, key{name: "time", takes: takesWord, words: times, doc: "`after` (the default): only after the cause; `any`: at any time.", like: "after"})
	}
	return t
}

func contradictionTable() *table {
	return &table{name: "contradicted_by", doc: "An observation that speaks against the signature as a cause.", keys: []key{
		{name: "signature", takes: takesText, need: true, doc: "A signature id, or `class:NAME`.", like: "http.request-served"},
		{name: "where", takes: takesMap, sub: whereTable("after", "any"), doc: "Where and when it counts.", like: "{same: instance, time: after}"},
		{name: "because", takes: takesText, need: true, doc: "Why it speaks against it: lower case, no full stop.", like: "a process that cannot be imported serves nothing"},
	}}
}

func expectationTable() *table {
	return &table{name: "expects", doc: "An observation that should be there if this is the cause.", keys: []key{
		{name: "signature", takes: takesText, need: true, doc: "A signature id, or `class:NAME`.", like: "cloudrun.container-exit"},
		{name: "where", takes: takesMap, sub: whereTable(), doc: "Where it is expected.", like: "{same: instance}"},
		{name: "within", takes: takesDuration, doc: "How soon after the cause it is expected.", like: "10s"},
		{name: "because", takes: takesText, need: true, doc: "Why it is expected: lower case, no full stop.", like: "the process ends when its import fails"},
	}}
}

func noteTable() *table {
	return &table{name: "notes", doc: "A sentence of knowledge.", keys: []key{
		{name: "when", takes: takesMap, sub: whenTable(), doc: "When it holds; always, when left out.", like: "{distinct: line, per: file, over: 1}"},
		{name: "say", takes: takesText, need: true, doc: "The sentence.", like: "CPython reports only the first syntax error of a file"},
	}}
}

func whenTable() *table {
	return &table{name: "when", doc: "Either more than `over` different values of `distinct` for one value of `per`, or `capture` has a value.", keys: []key{
		{name: "distinct", takes: takesText, doc: "A capture whose different values are counted.", like: "line"},
		{name: "per", takes: takesText, doc: "A capture: values are counted for each of its values.", like: "file"},
		{name: "over", takes: takesNumber, doc: "The note holds above this number.", like: "1"},
		{name: "capture", takes: takesText, doc: "A capture whose value is looked at.", like: "module"},
		{name: "equals", takes: takesText, doc: "Its value.", like: "psycopg2"},
		{name: "matches", takes: takesText, doc: "A regexp (RE2) that finds something in its value.", like: "'^psycopg'"},
	}}
}

func alternativeTable() *table {
	return &table{name: "alternatives", doc: "A rival explanation: a hypothesis.", keys: []key{
		{name: "id", takes: takesText, need: true, doc: "A name of the form `<pack>.<name>`; it need not be a signature.", like: "python.build-image-older-than-code"},
		{name: "because", takes: takesText, need: true, doc: "Why it explains the same: lower case, no full stop.", like: "nested quotes inside f-strings parse from Python 3.12 on"},
		{name: "check", takes: takesText, doc: "A read-only command that tells.", like: "grep -nE '^FROM .*python' Dockerfile"},
	}}
}

func sequenceTable() *table {
	return &table{name: "sequence", doc: "Several events. Equal times count as in order.", keys: []key{
		{name: "steps", takes: takesMaps, need: true, sub: stepTable(), doc: "The events.", like: "[{as: auth, signature: websocket.authenticated}]"},
		{name: "join", takes: takesWordOrList, words: rungWords(), doc: "What all steps must share, closest first. Default: everything from `trace` to `service`.", like: "[trace, instance]"},
		{name: "within", takes: takesDuration, doc: "From the first to the last event. Needed for more than one step.", like: "2s"},
		{name: "absent", takes: takesMaps, sub: absentTable(), doc: "Events that must not be there.", like: "[{signature: websocket.message-sent, between: [auth, error]}]"},
		{name: "differ", takes: takesTexts, doc: "Two captures of different steps that must have different values, and no event of the first one's step may have the value of the second.", like: "[listens, probed]"},
		{name: "names", takes: takesText, doc: "The step whose event the hit gives its name to. Default: the last.", like: "auth"},
	}}
}

func stepTable() *table {
	return &table{name: "steps", doc: "One event: a signature, or a condition of its own.", keys: []key{
		{name: "as", takes: takesText, doc: "The name of the step.", like: "auth"},
		{name: "signature", takes: takesText, doc: "A signature id; or `match`.", like: "websocket.authenticated"},
		{name: "match", takes: takesCondition, doc: "A condition; or `signature`.", like: "{message: {contains: authenticated}}"},
		{name: "count", takes: takesNumber, doc: "The step so many times.", like: "3"},
	}}
}

func absentTable() *table {
	return &table{name: "absent", doc: "An event that must not occur in an interval. " +
		"The interval starts at a step and is as long as the whole match, plus `window`.", keys: []key{
		{name: "signature", takes: takesText, doc: "A signature id; or `match`.", like: "websocket.message-sent"},
		{name: "match", takes: takesCondition, doc: "A condition; or `signature`.", like: "{message: {contains: sent}}"},
		{name: "between", takes: takesTexts, doc: "The two steps between which it must not occur.", like: "[auth, error]"},
		{name: "anchor", takes: takesNumber, doc: "The number of the step (from 0) at which the interval starts; instead of `between`.", like: "0"},
		{name: "window", takes: takesDuration, doc: "How much longer than the match the interval is.", like: "5s"},
		{name: "slide", takes: takesDuration, doc: "Moves the interval; negative looks back.", like: "-5s"},
		{name: "absolute", takes: takesFlag, doc: "The interval is `window` long, whatever the length of the match.", like: "true"},
	}}
}

func countTable() *table {
	return &table{name: "count", doc: "At least so many events of one kind.", keys: []key{
		{name: "signature", takes: takesText, doc: "A signature id; or `match`.", like: "http.server-error"},
		{name: "match", takes: takesCondition, doc: "A condition; or `signature`.", like: "{message: {contains: retrying}}"},
		{name: "at_least", takes: takesNumber, need: true, doc: "The number of events that makes a hit.", like: "5"},
		{name: "within", takes: takesDuration, need: true, doc: "From the first to the last of them.", like: "1m"},
		{name: "by", takes: takesWord, words: rungWords(), doc: "What they must share. Default: `service`.", like: "instance"},
	}}
}

// ruleKeys, fieldKeys and joinKeys are the tables that the loader asks for every
// file and condition, made once.
var (
	ruleKeys  = sync.OnceValue(ruleTable)
	fieldKeys = sync.OnceValue(testTable)
	joinKeys  = sync.OnceValue(joinTable)
)

// testTable returns what can be asked of one field.
func testTable() *table {
	return &table{name: "field", doc: "What is asked of one field. Several keys must all hold.", keys: []key{
		{name: "contains", takes: takesTextOrList, doc: "The text, or all texts of a list, stand in the value. Case counts.", like: "No module named"},
		{name: "regex", takes: takesText, doc: "A regexp (RE2) finds something in the value. It is not anchored; `(?i)` ignores case, `(?m)` lets ^ and $ mean lines. Named groups `(?P<name>…)` are captures.", like: "'No module named (?P<module>[\\w.]+)'"},
		{name: "equals", takes: takesTextOrList, doc: "The value is the text, or one of a list.", like: "cloud_run_revision"},
		{name: "prefix", takes: takesTextOrList, doc: "The value begins with the text, or one of a list.", like: "HTTP 5"},
		{name: "exists", takes: takesFlag, doc: "The field is there and not empty, or is not.", like: "true"},
		{name: "eq", takes: takesNumber, doc: "The value is a number equal to this.", like: "503"},
		{name: "lt", takes: takesNumber, doc: "The value is a number below this.", like: "500"},
		{name: "le", takes: takesNumber, doc: "The value is a number not above this.", like: "399"},
		{name: "gt", takes: takesNumber, doc: "The value is a number above this.", like: "30"},
		{name: "ge", takes: takesNumber, doc: "The value is a number not below this.", like: "500"},
	}}
}

// joinWords combine conditions.
func joinTable() *table {
	return &table{name: "condition", doc: "A mapping of fields and of these words. All keys of one mapping must hold.", keys: []key{
		{name: "all", takes: takesConditions, doc: "Every condition of the list holds.", like: "[{…}, {…}]"},
		{name: "any", takes: takesConditions, doc: "At least one condition of the list holds.", like: "[{…}, {…}]"},
		{name: "not", takes: takesCondOrList, doc: "The condition does not hold; of a list, none does.", like: "{message: {contains: retrying}}"},
	}}
}
