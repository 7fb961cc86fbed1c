// Package incident holds the analysis: plain types with a public, versioned
// JSON form ("logwhy.analysis/v1").
//
// Package correlate builds an Analysis, package redact rewrites its texts,
// package report renders it. The analysis holds every word that a renderer
// prints, so that a stored one renders to the same bytes later, without logs
// and without rules. Nothing here computes.
//
// Texts of type Prose are sentences of the tool with log text inside code
// spans; see Prose.
package incident

import "time"

// Schema names the version of the JSON form.
const Schema = "logwhy.analysis/v1"

// Analysis is the result of one run.
type Analysis struct {
	Schema      string              `json:"schema"`
	Title       Prose               `json:"title,omitempty"` // of the whole; empty: that of the first incident
	Lead        Prose               `json:"lead,omitempty"`  // how several incidents stand to each other
	Tool        Tool                `json:"tool"`
	Inputs      []Input             `json:"inputs"`
	Coverage    Coverage            `json:"coverage"`
	Reported    []Reported          `json:"reported,omitempty"`
	Findings    []Finding           `json:"findings"`
	Incidents   []Incident          `json:"incidents"`
	Changes     []Change            `json:"changes"`
	Baseline    *Baseline           `json:"baseline,omitempty"` // against a normal stretch of the logs
	States      *States             `json:"states,omitempty"`   // against the runs before
	Hypotheses  []Hypothesis        `json:"hypotheses"`
	Unexplained []Unexplained       `json:"unexplained"`
	Remarks     []Remark            `json:"remarks,omitempty"`
	Timeline    []Event             `json:"timeline,omitempty"`
	Constants   []Constant          `json:"constants,omitempty"`
	Redactions  []Redaction         `json:"redactions,omitempty"`
	Evidence    map[string]Evidence `json:"evidence"`

	Tally *Tally `json:"-"` // only where the analysis was asked for it
}

// Tool says what made the analysis. It holds no wall clock.
type Tool struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Command string   `json:"command,omitempty"` // the command line, quoted for a POSIX shell
	Rules   int      `json:"rules,omitempty"`   // number of signatures loaded
	RuleSet string   `json:"rule_set,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Input is one file, stream or query that was read.
type Input struct {
	Name        string    `json:"name"`
	Format      string    `json:"format"`                // array, ndjson, concatenated, wrapped, yaml, csv, table, text, logging-api …
	Encoding    string    `json:"encoding"`              // utf-8, utf-8-bom, utf-16le, utf-16be
	Compression string    `json:"compression,omitempty"` // gzip, zstd
	Order       string    `json:"order,omitempty"`       // newest-first, oldest-first, mixed
	Lossy       bool      `json:"lossy,omitempty"`
	SHA256      string    `json:"sha256,omitempty"`
	Bytes       int64     `json:"bytes"`
	Entries     int       `json:"entries"`
	Filtered    int       `json:"filtered"`
	Skipped     int       `json:"skipped"`
	Duplicates  int       `json:"duplicates"`
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
}

// Coverage says what the analysis stands on.
type Coverage struct {
	Entries    int       `json:"entries"`
	Filtered   int       `json:"filtered"`
	Skipped    int       `json:"skipped"`
	Duplicates int       `json:"duplicates"`
	Untimed    int       `json:"untimed,omitempty"`
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"`
	Projects   []string  `json:"projects,omitempty"`
	Services   []string  `json:"services,omitempty"`
	Revisions  []string  `json:"revisions,omitempty"`
	Instances  int       `json:"instances,omitempty"`
	Filter     string    `json:"filter,omitempty"`
	// Logs counts entries by log id, such as "run.googleapis.com/stderr".
	Logs []Count `json:"logs,omitempty"`
	// Severities counts entries by declared severity; "" is none.
	Severities []Count   `json:"severities,omitempty"`
	Errors     int       `json:"errors"`           // error events
	Cut        bool      `json:"cut,omitempty"`    // the onset may be cut off
	Banner     []Prose   `json:"banner,omitempty"` // what the reader must know before the first finding
	Skips      []Skip    `json:"skips,omitempty"`  // the first few
	Warnings   []Warning `json:"warnings"`
	Asked      []Asked   `json:"asked,omitempty"` // the queries of a live read
	Notes      []Prose   `json:"notes,omitempty"` // lines for "How this was made"
}

// Count is a name with a number.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Skip is a record that could not be read.
type Skip struct {
	Source string `json:"source"` // file:line or file#n
	Reason string `json:"reason"`
	Bytes  int64  `json:"bytes,omitempty"`
}

// Warning is a limit of the data, with a stable code such as "limit-reached".
type Warning struct {
	Code string `json:"code"`
	Text Prose  `json:"text"`
}

// Reported is a symptom that the user stated with --symptom.
type Reported struct {
	Text     string `json:"text"`
	Observed bool   `json:"observed"`
	Finding  string `json:"finding,omitempty"`
	Note     Prose  `json:"note,omitempty"`
}

// Scope says where something happened. Empty fields are unknown.
type Scope struct {
	Project   string `json:"project,omitempty"`
	Location  string `json:"location,omitempty"`
	Service   string `json:"service,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Revision  string `json:"revision,omitempty"`
	Instance  string `json:"instance,omitempty"`
	Execution string `json:"execution,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Pod       string `json:"pod,omitempty"`
	Container string `json:"container,omitempty"`
}

// Roles of findings.
const (
	RoleChange  = "change"
	RoleFault   = "fault"
	RoleFailure = "failure"
	RoleImpact  = "impact"
	RoleHealthy = "healthy"
	RoleNoise   = "noise"
)

// Severities of findings and incidents, worst first.
const (
	Critical = "critical"
	High     = "high"
	Medium   = "medium"
	Low      = "low"
	Info     = "info"
)

// Statuses of findings, phases and incidents.
const (
	Ongoing  = "ongoing"
	Quiet    = "quiet"
	Resolved = "resolved"
)

// States of a failure against a baseline of earlier runs.
const (
	StateNew        = "new"        // not known before
	StateOngoing    = "ongoing"    // known, and still seen
	StateRegressed  = "regressed"  // was quiet or over, and is seen again
	StateEscalating = "escalating" // known, and seen far more often
	StateQuiet      = "quiet"      // known, and not seen in a complete window
	StateResolved   = "resolved"   // quiet, and a revision deployed since runs without it
	StateMuted      = "muted"      // a person said not to report it
	StateUnknown    = "unknown"    // not seen, in a window that would not have shown it
)

// Finding is all observations of one signature or pattern in one service.
type Finding struct {
	ID        string              `json:"id"`
	Signature string              `json:"signature"`          // a signature id, or "pattern:…"
	Identity  map[string]string   `json:"identity,omitempty"` // the captures that tell it from others of its signature
	Formerly  []string            `json:"formerly,omitempty"` // earlier ids of the signature
	Template  string              `json:"template,omitempty"`
	Title     Prose               `json:"title"`
	Role      string              `json:"role"`
	Severity  string              `json:"severity"`
	Level     string              `json:"level,omitempty"` // highest log severity seen, in capitals
	Scope     Scope               `json:"scope"`
	Count     int                 `json:"count"`
	AtLeast   bool                `json:"at_least,omitempty"`
	First     time.Time           `json:"first,omitzero"`
	Last      time.Time           `json:"last,omitzero"`
	Status    string              `json:"status,omitempty"`
	State     string              `json:"state,omitempty"`     // against a baseline; empty without one
	StateWhy  Prose               `json:"state_why,omitempty"` // such as who muted it, and until when
	Captures  map[string][]string `json:"captures,omitempty"`
	Revisions []string            `json:"revisions,omitempty"`
	Instances int                 `json:"instances,omitempty"`
	Spark     []int               `json:"spark,omitempty"` // counts in equal slices of the window
	Why       Prose               `json:"why,omitempty"`   // why the entries were grouped (patterns)
	Reason    Prose               `json:"reason,omitempty"`
	Evidence  []string            `json:"evidence"`
}

// Incident is a symptom with its best cause and all that is linked to it.
type Incident struct {
	ID          string     `json:"id"`
	Title       Prose      `json:"title"`
	Brief       Prose      `json:"brief,omitempty"`  // what stopped it, as a cell of the table of incidents
	Effect      Prose      `json:"effect,omitempty"` // what that did, as a cell: "7 of 7 tries exit(1)"
	Unit        string     `json:"unit,omitempty"`   // what is counted: start, try, request
	Severity    string     `json:"severity"`
	SeverityWhy Prose      `json:"severity_why,omitempty"`
	Status      string     `json:"status"`
	StatusWhy   Prose      `json:"status_why,omitempty"`
	Scope       Scope      `json:"scope"`
	Services    []string   `json:"services"`
	First       time.Time  `json:"first,omitzero"`
	Last        time.Time  `json:"last,omitzero"`
	Symptom     string     `json:"symptom"`
	Symptoms    []string   `json:"symptoms"`
	AlsoFailing []string   `json:"also_failing"`
	Summary     Summary    `json:"summary"`
	Phases      []Phase    `json:"phases"`
	Whys        []Why      `json:"whys"`
	Causes      []Cause    `json:"causes"`
	Rivals      []Rival    `json:"rivals,omitempty"` // looked at beside the best chain, and ruled out or left open
	Matrix      *Table     `json:"matrix,omitempty"` // each candidate against the same tests, where there are several
	Changes     []string   `json:"changes"`
	Steps       *Steps     `json:"steps,omitempty"`
	Table       *Table     `json:"table,omitempty"`
	Flow        *Flow      `json:"flow,omitempty"`
	Facts       []Prose    `json:"facts,omitempty"` // what the entries do tell, for incidents without a cause
	Questions   []Question `json:"questions"`
	About       []Prose    `json:"about,omitempty"`   // what people state of the services: title, owner, purpose
	Stated      []Prose    `json:"stated,omitempty"`  // what people state of the impact, quoted
	Prompts     []Prose    `json:"prompts,omitempty"` // blanks for people, without the TODO mark
	Remedies    []Prose    `json:"remedies,omitempty"`
	References  []string   `json:"references,omitempty"`
	Link        string     `json:"link,omitempty"`    // what its service logged from beginning to end, in Logs Explorer
	Explain     []Prose    `json:"explain,omitempty"` // how the verdicts came about, for --explain
}

// Summary is what the first screen says. Each field is one or two sentences;
// empty fields are left out.
type Summary struct {
	Fails   Prose   `json:"fails"`             // what fails, how often of how many
	Since   Prose   `json:"since"`             // first and last
	Changed Prose   `json:"changed,omitempty"` // what changed before onset
	Cause   Prose   `json:"cause"`             // the best-supported cause, or that none is established
	Verdict string  `json:"verdict,omitempty"` // of the cause; empty when there is none
	Open    Prose   `json:"open,omitempty"`    // what is not established
	NotIt   []Prose `json:"not_it,omitempty"`  // what speaks against rivals
	Next    []Check `json:"next,omitempty"`    // at most three
}

// Check is something to look at next.
type Check struct {
	Text    Prose  `json:"text"`
	Command string `json:"command,omitempty"` // read-only, ready to paste
	Lang    string `json:"lang,omitempty"`    // "sh", or "lql" for a Logs Explorer filter
	Note    Prose  `json:"note,omitempty"`    // how to read the answer
}

// Question is an open question with the check that would answer it.
type Question struct {
	ID     string  `json:"id"`
	Text   Prose   `json:"text"`
	Checks []Check `json:"checks,omitempty"`
}

// Phase is a stretch in which the same set of findings is active.
type Phase struct {
	N        int            `json:"n"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Status   string         `json:"status"`
	Findings []string       `json:"findings"`
	Counts   map[string]int `json:"counts"`
}

// Verdicts on links.
const (
	Supported    = "supported"
	Plausible    = "plausible"
	OrderOnly    = "order-only"
	Untestable   = "untestable"
	Contradicted = "contradicted"
)

// Why is one step of the why-tree.
type Why struct {
	N          int      `json:"n"`
	Question   Prose    `json:"question"`
	Answer     Prose    `json:"answer"`
	Finding    string   `json:"finding,omitempty"` // what the answer names
	Change     string   `json:"change,omitempty"`
	Hypothesis string   `json:"hypothesis,omitempty"`
	Verdict    string   `json:"verdict,omitempty"` // empty when not established
	Rung       string   `json:"rung,omitempty"`    // the rung of the join ladder that was used
	Evidence   []string `json:"evidence"`
	Against    []Prose  `json:"against"`
	WrongIf    Prose    `json:"wrong_if,omitempty"`
	Notes      []Prose  `json:"notes,omitempty"` // rule knowledge, with the rule's id
	Checks     []Check  `json:"checks"`
	Tests      []Test   `json:"tests,omitempty"`
	Rivals     []Rival  `json:"rivals"`
}

// Bases of causes.
const (
	BasisDeclared = "declared" // a link that a signature declares
	BasisInferred = "inferred" // a link found by order, share and chance
	BasisStated   = "stated"   // the error itself says why
)

// Cause is a candidate cause of an incident. One of Finding, Change and
// Hypothesis is set.
type Cause struct {
	Finding    string   `json:"finding,omitempty"`
	Change     string   `json:"change,omitempty"`
	Hypothesis string   `json:"hypothesis,omitempty"`
	Title      Prose    `json:"title"`
	Basis      string   `json:"basis"`
	Verdict    string   `json:"verdict"`
	Evidence   []string `json:"evidence"`
	Tests      []Test   `json:"tests"`
}

// Results of tests.
const (
	Pass    = "pass"
	Fail    = "fail"
	Unknown = "unknown"
	Told    = "told" // said, and neither for nor against
)

// Test is one test of a link, asked and answered in plain words.
type Test struct {
	Name     string   `json:"name"` // order, necessity, sufficiency, chance, recovery, scope, epoch, declared
	Result   string   `json:"result"`
	Question Prose    `json:"question"`
	Text     Prose    `json:"text"`
	Evidence []string `json:"evidence,omitempty"`
}

// Rival is an explanation that was looked at and does not lead the chain.
type Rival struct {
	Finding    string   `json:"finding,omitempty"`
	Change     string   `json:"change,omitempty"`
	Hypothesis string   `json:"hypothesis,omitempty"`
	Title      Prose    `json:"title"`
	Verdict    string   `json:"verdict"`
	Because    Prose    `json:"because"`
	Check      *Check   `json:"check,omitempty"`
	Evidence   []string `json:"evidence,omitempty"`
	Tests      []Test   `json:"tests,omitempty"`
}

// Change is something that was altered.
type Change struct {
	ID       string     `json:"id"`
	Time     time.Time  `json:"time,omitzero"`
	Kind     string     `json:"kind"` // deploy, config, scale, iam, delete, first-seen …
	Scope    Scope      `json:"scope"`
	Title    Prose      `json:"title"`
	Details  []Prose    `json:"details,omitempty"`  // what it altered: variables added, image, generation …
	Followed Prose      `json:"followed,omitempty"` // what followed
	Result   string     `json:"result,omitempty"`   // ready, not-ready, rejected, unknown
	By       string     `json:"by,omitempty"`       // a role or pseudonym, never a person
	Until    *time.Time `json:"until,omitempty"`
	Evidence []string   `json:"evidence"`
}

// Hypothesis is a candidate cause that logs alone cannot show.
type Hypothesis struct {
	ID      string `json:"id"`
	Title   Prose  `json:"title"`
	Status  string `json:"status"` // open, supported, contradicted
	Because Prose  `json:"because,omitempty"`
	Check   string `json:"check"`
	Rule    string `json:"rule,omitempty"`
}

// Unexplained is a pattern that no incident holds.
type Unexplained struct {
	ID       string   `json:"id"`
	Finding  string   `json:"finding"`
	Template string   `json:"template"`
	Count    int      `json:"count"`
	Severity string   `json:"severity"`
	Evidence []string `json:"evidence"`
}

// Remark is a true observation of low rank.
type Remark struct {
	Text     Prose    `json:"text"`
	Finding  string   `json:"finding,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
}

// Steps shows one unit (a start, a try, a request) step by step.
type Steps struct {
	Title Prose  `json:"title"`
	Intro Prose  `json:"intro,omitempty"`
	Rows  []Step `json:"rows"`
}

// Step is a row of Steps.
type Step struct {
	Offset   string    `json:"offset,omitempty"` // such as "2.32 s"
	Time     time.Time `json:"time,omitzero"`
	What     Prose     `json:"what"`
	Evidence []string  `json:"evidence,omitempty"`
}

// Table is a small table of prose.
type Table struct {
	Title  Prose     `json:"title,omitempty"`
	Header []string  `json:"header"`
	Rows   [][]Prose `json:"rows"`
}

// Kinds of flows.
const (
	FlowGraph    = "graph"    // boxes and arrows from cause to effect
	FlowSequence = "sequence" // the nodes take part, the edges are messages in order of time
)

// Flow is a small graph of what was observed. Solid edges are supported.
type Flow struct {
	Kind  string     `json:"kind,omitempty"` // empty: FlowGraph
	Nodes []FlowNode `json:"nodes"`
	Edges []FlowEdge `json:"edges"`
	Note  Prose      `json:"note,omitempty"`
}

// FlowNode is a box; Group puts boxes of one epoch or service together.
type FlowNode struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Group string `json:"group,omitempty"`
}

// FlowEdge leads from cause to effect.
type FlowEdge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Verdict string `json:"verdict"`
	Label   string `json:"label,omitempty"`
}

// Event is a row of the timeline.
type Event struct {
	Time     time.Time `json:"time,omitzero"`
	To       time.Time `json:"to,omitzero"` // the last of a collapsed run
	Count    int       `json:"count,omitempty"`
	Kind     string    `json:"kind"` // finding, change, healthy, gap, phase
	Scope    Scope     `json:"scope"`
	Level    string    `json:"level,omitempty"`
	Role     string    `json:"role,omitempty"`
	What     Prose     `json:"what"`
	Finding  string    `json:"finding,omitempty"`
	Change   string    `json:"change,omitempty"`
	Incident string    `json:"incident,omitempty"`
	Evidence []string  `json:"evidence,omitempty"`
}

// Constant is a value that was used, with the reason for it.
type Constant struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// Redaction counts what was replaced, by kind.
type Redaction struct {
	Kind string `json:"kind"`
	N    int    `json:"n"`
}

// Evidence is an entry quoted in the report.
type Evidence struct {
	Time     time.Time         `json:"time,omitzero"`
	Severity string            `json:"severity"`        // declared, in capitals; "" when none
	Basis    string            `json:"basis,omitempty"` // where an undeclared level comes from
	Message  string            `json:"message"`         // the whole (redacted) message
	Excerpt  []string          `json:"excerpt,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Note     Prose             `json:"note,omitempty"` // such as "first in the file"
	Project  string            `json:"project,omitempty"`
	Service  string            `json:"service,omitempty"`
	Revision string            `json:"revision,omitempty"`
	Instance string            `json:"instance,omitempty"`
	Source   string            `json:"source"`
	InsertID string            `json:"insertId,omitempty"`
	LogName  string            `json:"logName,omitempty"`
	Link     string            `json:"link,omitempty"`
}
