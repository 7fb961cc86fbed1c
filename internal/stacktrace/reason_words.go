package stacktrace

import "strings"

// The tables of IsReason. They hold the language of runtimes, databases,
// clouds and protocols, and no sentence of any one application.

type phraseKind uint8

const (
	phraseNone phraseKind = iota
	// phraseCondition states a condition that needs no object.
	phraseCondition
	// phrasePredicate says something about an object, which must be there.
	phrasePredicate
	// phraseOutcome is how platforms and process managers say that something ended.
	phraseOutcome
	// phraseBecause announces a reason, which must follow.
	phraseBecause
	// phraseEmpty restates that it failed.
	phraseEmpty
)

type phrase struct {
	words []string // behind the first
	kind  phraseKind
}

var phraseIndex = indexPhrases(map[phraseKind]string{
	phraseCondition: conditionPhrases,
	phrasePredicate: predicatePhrases,
	phraseOutcome:   outcomePhrases,
	phraseEmpty:     emptyPhrases,
	phraseBecause:   "because · because of · due to · caused by · since the",
})

func indexPhrases(lists map[phraseKind]string) map[string][]phrase {
	index := map[string][]phrase{}
	for _, kind := range [...]phraseKind{phraseCondition, phrasePredicate, phraseOutcome, phraseBecause, phraseEmpty} {
		for l := range strings.SplitSeq(strings.TrimSpace(lists[kind]), "\n") {
			for p := range strings.SplitSeq(l, "·") {
				if ws := strings.Fields(p); len(ws) > 0 {
					index[ws[0]] = append(index[ws[0]], phrase{ws[1:], kind})
				}
			}
		}
	}
	return index
}

// longestPhrase returns the longest phrase that words begin with.
func longestPhrase(words []string) (phraseKind, int) {
	kind, n := phraseNone, 0
	for _, p := range phraseIndex[words[0]] {
		if len(p.words)+1 > n && len(p.words) < len(words) && matches(p.words, words[1:]) {
			kind, n = p.kind, len(p.words)+1
		}
	}
	return kind, n
}

func matches(want, have []string) bool {
	for i, w := range want {
		if have[i] != w && !(w == "#" && strings.HasPrefix(have[i], "#")) {
			return false
		}
	}
	return true
}

// Conditions that name the matter without naming a thing.
const conditionPhrases = `
no space left on device · no space left · disk full · disk is full · disk quota exceeded · device or resource busy · read-only file system
too many open files · out of memory · cannot allocate memory · not enough memory · java heap space · metaspace · gc overhead limit exceeded
unable to create new native thread · oomkilled · oom-killed · killed by oom · memory limit exceeded · memory limit · exceeded memory limit
connection refused · connect refused · connection reset by peer · connection reset · broken pipe · socket hang up · bad file descriptor
no route to host · network is unreachable · network unreachable · host is down · host unreachable · address already in use · address in use · port is already allocated
name or service not known · temporary failure in name resolution · no such host · nodename nor servname provided · name resolution failed · getaddrinfo failed
connection timed out · connect timed out · connection timeout · connect timeout · timeout connecting · timed out connecting · handshake timeout · tls handshake timeout · timed out waiting for connection
timeout waiting for connection · timeout waiting for idle object · lock wait timeout exceeded · read timed out · statement timeout · query timeout
server closed the connection · server has gone away · connection has been closed · ssl connection has been closed · connection is closed · connection was closed · connection already closed · closed connection · terminating connection
no such file or directory · is a directory · not a directory · directory not empty · file exists · file name too long · text file busy · exec format error · executable file not found · command not found · argument list too long
too many connections · too many clients · too many requests · remaining connection slots are reserved · connection pool exhausted · pool exhausted · connection limit exceeded · max connections reached · connection slots
rate limit exceeded · rate limit reached · rate limited · rate limit · rate exceeded · rate limiting · quota exceeded · exceeded quota · exceeded your current quota · out of quota · resource exhausted · resource has been exhausted · limit exceeded · insufficient quota · throttled · throttling
certificate has expired · certificate expired · certificate is not yet valid · certificate signed by unknown authority · certificate verify failed · self signed certificate · self-signed certificate · certificate is not trusted · unable to verify the first certificate · unknown ca · wrong version number · unsupported protocol · no shared cipher · bad certificate · unknown certificate · certificate required
jwt expired · token expired · token has expired · token is expired · expired token · session expired · signature expired · signature has expired · link expired · signature verification failed · invalid signature · jwt malformed · audience invalid · invalid issuer
deadlock detected · deadlock found · deadlock · database is locked · table is locked · could not serialize access · serialization failure · lock timeout
stack overflow · maximum call stack size exceeded · maximum recursion depth exceeded · stack level too deep · infinite recursion
division by zero · divide by zero · integer divide by zero · integer overflow · numeric overflow · arithmetic overflow · value out of range
nil pointer dereference · null pointer dereference · invalid memory address · nil map · concurrent map writes · concurrent map · slice bounds out of range · index out of range · index out of bounds · list index out of range · string index out of range · array index out of bounds · out of bounds · segmentation fault · segmentation violation · bus error · illegal instruction · double free · use of moved value · stack smashing detected
sigsegv · sigabrt · sigbus · sigill · sigkill
no rows in result set · no rows · not null constraint · unique constraint · foreign key constraint · check constraint · duplicate key · duplicate entry · unique violation
value too long for type · no healthy upstream · no available instance · no available server · no brokers available · no available node · no leader · not leader · no live upstreams
not allowed by cors · cors policy · cors · csrf token missing · csrf verification failed · csrf
value cannot be null · object reference not set to an instance of an object · sequence contains no elements · sequence contains more than one element · collection was modified · specified cast is not valid
payment required · billing is disabled · billing disabled · billing account · credit balance · insufficient funds · insufficient credit · insufficient balance · billing
payload too large · request entity too large · body exceeded · message too large · content too large · maximum content length · context length · context window · token limit
unexpected end of script · unexpected end of json input · unexpected end of input · unexpected end of file · unexpected end of stream · unexpected token · unexpected identifier · unexpected indent · unexpected eof while parsing · unexpected eof while reading · unterminated string · unterminated · unmatched · eof while scanning · was never closed · unclosed · syntax error · invalid syntax · invalid character · invalid json · malformed json · unexpected non-whitespace
control characters forbidden · illegal base64 data · incorrect padding · padding is invalid · invalid utf-8 · invalid byte sequence · null byte · checksum mismatch · checksum error · digest mismatch · hash mismatch · crc error · corrupted · corrupt
keepalive ping timeout · keepalive timeout · heartbeat timeout · abnormal closure · going away · no close frame received · close frame
api key not valid · invalid api key · api key expired · api key is missing · missing api key · no api key · incorrect api key · application-specific password required · two-factor · mfa
not json serializable · cannot pickle · circular reference · circular structure · circular dependency · circular import · cyclic dependency · dependency cycle
already closed · already running · already in progress · already started · already locked · already registered · already initialized · event loop is closed · event loop is already running · never awaited · was never awaited · was not awaited
application default credentials · could not automatically determine credentials · default credentials were not found · could not load the default credentials · unable to locate credentials · no credentials · missing credentials · credentials not found
max retries exceeded · too many redirects · redirect loop · retry limit exceeded · attempts exceeded · exceeded the maximum number
operation not permitted · protocol error · stream closed · rst_stream · goaway · broken transport · image pull backoff · crashloopbackoff · imagepullbackoff · errimagepull · manifest unknown · unauthorized to access repository · insufficient cpu · insufficient memory · node affinity · taint
maintenance mode · experiencing high demand · high demand · is overloaded · overloaded · at capacity · shard failed · all shards failed · replication lag · split brain · disk watermark · read-only mode · standby · hot standby · recovery conflict · canceling statement due to
migration is needed · pending migrations · migrations pending · migrations are pending · unapplied migrations · schema version · version mismatch · incompatible version
`

// Words about an object: "… does not exist".
const predicatePhrases = `
not found · was not found · were not found · could not be found · couldn't be found · cannot be found · can't be found · cannot find · can't find · could not find · unable to find · unable to locate · could not locate · cannot locate · no such · not exist · does not exist · doesn't exist · do not exist · did not exist · no longer exists · not present · absent
does not host · does not support · does not accept · does not contain · does not provide · does not allow · has not been · have not been · was not initialized
missing · is missing · are missing · lacks · lacking · without · requires · required · is required · are required · must be · must not · must have · must contain · must match · must provide · must specify · must start · must end · must declare · must implement · should be · should have · needs to be · need to · have to be · expected · expects · expecting
undefined · is undefined · not defined · is not defined · undeclared · unbound · unset · not set · is not set · are not set · isn't set · not configured · is not configured · unconfigured · not provided · was not provided · not specified · not installed · is not installed · not registered · is not registered · not initialized · not initialised · uninitialized · not enabled · is not enabled · is disabled · are disabled · disabled · not implemented · not mounted · not loaded · not connected · not ready yet · is not ready
is null · was null · is none · is nil · null value · nonetype · cannot be null · cannot be none · can't be null · must not be null · cannot be empty · can't be blank · can't be empty · is empty · was empty · are empty · may not be null · null in column
exceeds · exceeded · exceeding · too many · too large · too long · too short · too small · too big · too old · too new · too low · too high · too deep · too few · too late · too early · too slow · out of range · overflow · underflow · overloaded · maximum · minimum · greater than · less than · larger than · longer than · shorter than · at most · at least
expired · has expired · have expired · is expired · expires · revoked · has been revoked · suspended · deactivated · retired · decommissioned · deprecated · removed · deleted · has been deleted · was deleted · no longer supported · no longer available · outdated · stale
violates · violated · violation · duplicate · duplicated · conflict · conflicts · conflicting · collides · already exists · already in use · already taken · already been · has already been · ambiguous · overlaps · in use · is in use · locked · is locked · busy
mismatch · mismatched · does not match · doesn't match · did not match · do not match · don't match · not match · no match · not equal · differs · differ · inconsistent · incompatible · not compatible · wrong · incorrect · cannot be cast · cannot cast · can't cast · cannot convert · could not convert · can't convert · cannot be converted · cannot parse · could not parse · can't parse · failed to parse · unable to parse · parse error · cannot decode · can't decode · could not decode · cannot encode · can't encode · cannot deserialize · cannot unmarshal · cannot be parsed · not a valid · is not a valid · not valid · is not valid · isn't valid · malformed · unparsable · truncated
unsupported · not supported · is not supported · unsupported by · not allowed · is not allowed · are not allowed · disallowed · not permitted · prohibited · not acceptable · unacceptable · illegal · invalid
unknown · unrecognized · unrecognised · not recognized · unresolved · cannot resolve · can't resolve · could not resolve · couldn't resolve · unable to resolve · failed to resolve · cannot import · could not import · cannot load · could not load · cannot open · could not open · cannot read · could not read · cannot write · cannot access · cannot assign · cannot set · cannot unpack · cannot determine · could not determine · cannot reach · can't reach · could not reach · unable to reach · cannot connect · could not connect · can't connect · couldn't connect · unable to connect · failed to connect · error connecting · could not translate · unreachable · refused · denied · permission denied · access denied · rejected · rejects · blocked · banned · forbidden
not serializable · not callable · not iterable · not subscriptable · not hashable · not a function · is not a function · not a constructor · has no attribute · has no method · has no member · has no · have no · had no · there is no · there are no · no · none of · not a
not reachable · not responding · not respond · did not respond · did not start · did not become · not start in time · not start · timed out · timeout · gave up · stopped responding · lost · lost connection · disconnected · dropped · interrupted · hung · stuck · stalled · is closed · was closed · closed
insufficient · not enough · exhausted · depleted · full · low · ran out · runs out · unavailable in · limited · limit · quota · capacity
untrusted · not trusted · not authorized to · not permitted to · not allowed to · not authorized · lacks permission · does not have permission · doesn't have permission · don't have permission · does not have · doesn't have · do not have · don't have
unhealthy · degraded · is down · are down · down · broken · damaged · defective · misconfigured · misconfiguration · unstable · cycle · form a cycle · loop · recursion · unreadable · not readable · not writable · readonly · read-only
cannot be reached · could not be reached · limit reached · max number of · maximum number of · number of clients
sign in to · log in to · login required · re-authenticate
`

// How platforms say that something ended: the effect, never the cause.
const outcomePhrases = `
container called exit · container exited · exited with code · exited with status · exited with signal · exit code · exit status · non-zero exit · nonzero exit · return code · returned non-zero · exited unexpectedly
failed to start and listen · startup probe failed · startup tcp probe failed · startup http probe failed · liveness probe failed · readiness probe failed · tcp probe failed · probe failed
response was malformed · malformed response or connection · connection to the instance had an error · worker failed to boot · failed to boot · worker timeout · was sent sigterm · was sent sigkill · sent sigterm · received sigterm · received signal · shutting down · shutdown requested · back-off restarting · restarting failed container
tasks were a success · job has failed · job failed · execution failed · has failed to complete · command failed with · process exited · process terminated · application exec likely failed · lifecycle script · elifecycle · application startup failed · lifespan failed
`

// Restatements: they add nothing to the fact that it failed.
const emptyPhrases = `
went wrong · gone wrong · goes wrong · empty response · no response · no reason · no error · no message · no details · no further · no fallback · no result · no results · no data · no info · no information · no output · no content · no additional
not authenticated · not authorised · not logged · not working · not ok · not successful · not completed · not complete · not available · not found error · could not be completed · could not complete · could not be processed · cannot process · cannot be completed · unable to process · unable to complete · cannot handle
invalid request · invalid input · invalid data · invalid response · invalid argument · invalid arguments · invalid parameter · invalid parameters · invalid token · invalid credentials · invalid operation · invalid state · invalid value · invalid or expired · expired or invalid · missing or invalid · invalid or missing · invalid username or password · invalid format · invalid configuration · invalid payload · invalid body · invalid user · invalid session · invalid password · invalid login · invalid object · invalid url · invalid id
unknown error · unknown exception · unknown reason · unknown failure · unknown issue · unexpected error · unexpected response · unexpected exception · unexpected failure · unexpected condition · unexpected result · internal error · internal server error · unspecified error · generic error
missing or insufficient permissions · insufficient permissions · insufficient permission · permission denied error · deadline exceeded · context deadline exceeded · context canceled · operation timed out · request timed out · request timeout · timeout exceeded · timeout error · service unavailable · temporarily unavailable · temporarily overloaded · overloaded try again · required to access · authentication required · login required to
cannot continue · cannot proceed · cannot start · not continue · not recover · cannot recover · unable to continue · unable to proceed · gave up retrying · try again · try again later · please try again · contact support · contact the administrator · with no error
`

// errnoNames are the names of errno that say what the matter is.
var errnoNames = wordSet(`ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT ENOTFOUND EAI_AGAIN EAI_NONAME EADDRINUSE EADDRNOTAVAIL EPIPE ENOENT EACCES EPERM
EEXIST EISDIR ENOTDIR ENOTEMPTY EMFILE ENFILE ENOSPC EROFS EBUSY ENOMEM EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN EPROTO EBADF EXDEV EDQUOT ELOOP
ENAMETOOLONG EAFNOSUPPORT ESOCKETTIMEDOUT EAUTH EENVELOPE ENOEXEC ENODEV ENOTSUP EOPNOTSUPP EDEADLK ENOTCONN ESRCH EFAULT E2BIG ENOLCK ESTALE ECANCELED
DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_HAS_EXPIRED SELF_SIGNED_CERT_IN_CHAIN MODULE_NOT_FOUND errno Errno PROTOCOL_CONNECTION_LOST
OOMKilled WRONGTYPE NOAUTH WRONGPASS MISCONF CLUSTERDOWN CROSSSLOT READONLY MOVED LOADING BUSY`)

// statusTexts are the texts of statuses, HTTP and gRPC: they restate a number.
var statusTexts = lineSet(`
bad request|unauthorized|forbidden|not found|method not allowed|not acceptable|request timeout|conflict|gone|precondition failed|payload too large
request entity too large|unsupported media type|unprocessable entity|unprocessable content|too many requests|payment required|internal server error
not implemented|bad gateway|service unavailable|gateway timeout|gateway time-out|service temporarily unavailable|temporary redirect|not authenticated
request header fields too large|insufficient storage|client error|server error|error|ok|switching protocols|access denied|permission denied
unavailable|unknown|internal|cancelled|canceled|aborted|unauthenticated|deadline exceeded|resource exhausted|failed precondition|invalid argument
already exists|out of range|unimplemented|data loss|internal error|upstream error|upgrade required|misdirected request|locked|too early
`)

func lineSet(s string) map[string]bool {
	m := map[string]bool{}
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		for w := range strings.SplitSeq(l, "|") {
			m[w] = true
		}
	}
	return m
}

// genericNames look like identifiers and name nothing in particular.
var genericNames = wordSet(`PERMISSION_DENIED INVALID_ARGUMENT FAILED_PRECONDITION DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS RESOURCE_EXHAUSTED
OUT_OF_RANGE DATA_LOSS INTERNAL_ERROR INTERNAL_SERVER_ERROR SERVER_ERROR BAD_REQUEST UNAUTHENTICATED UNAVAILABLE CANCELLED UNKNOWN ABORTED
SERVICE_UNAVAILABLE NULL JSON HTTP HTTPS API URL CRITICAL ERROR SIGTERM SIGINT SIGHUP SIGQUIT Node.js node.js Next.js ASP.NET .NET e.g i.e
EOF FAILED FAILURE REDACTED PID TODO http/1.1 HTTP/1.1 HTTP/2 HTTP/1.0 and/or client/server request/response read/write disconnect/reset`)

// grammar are the words that hold sentences together.
var grammar = wordSet(`the a an and or but nor of to in on at by for from with into onto over under after before during while when where which
who whom whose that this these those there here it its is are was were be been being am has have had having do does did done will would shall should can
could may might must not no yes if then else than as so such via per about against between within through across along because since until
all any some each every both either neither other another same more most less least own only just also too very still already again ever never now
our ours your yours their theirs his her him she they them you we i me my mine please one two first last next out up down off`)

// genericWords name no thing in particular.
var genericWords = wordSet(`error errors exception exceptions failure failures problem problems issue issues fault warning message messages reason
reasons detail details result results response responses request requests operation operations action actions task tasks job jobs process processes
processing execution execute executing executed service services server servers client clients system systems application app apps program component
components module instance instances worker workers thread handler handlers function method call calls called calling callback event events data value
values input output object objects item items entity entities record records resource resources page pages file files thing things something anything
everything nothing stuff type types state status code codes info information content contents body payload parameter parameters argument arguments
option options setting settings config configuration user users account session sessions token tokens credential credentials auth authentication
authorization permission permissions login password access connection connections database query queries transaction update updates load loading save
saving send sending sent receive received fetch fetching get getting set setting start started starting startup stop stopped stopping shutdown exit
exited exiting run running ran create created creating creation delete deleting read reading write writing open opening close closing connect connecting
initialize initializing initialization init setup check checks checking checked test tests testing validate validating validation verification verify
verifying parse parsing process complete completed completing success successful successfully attempt attempts attempting try trying tried retry retries
retrying retried again later wait waiting handle handling handled return returned returning got given provide provided use used using make made work
working found find health healthy internal external unknown unexpected unspecified generic general critical fatal severe minor major unable cannot
invalid failed fails failing wrong bad time times step steps stage phase background foreground main default new old current previous final initial
support contact administrator admin help log logs logging logged debug trace stack occurred occur happened happen caused cause encountered went
gone unrecoverable detected likely probably maybe possible possibly continue continuing proceed abort aborted aborting cancel canceled cancelled back fallback degraded
generation summarization analysis workflow pipeline batch sync cleanup upload download import export migration deployment deploy build
null none nil undefined true false empty string number integer http https api url uri json xml html unavailable i/o element elements supplied specified submitted presented entered passed oops sorry whoops`)

// limitWords stand beside numbers that say what the matter is.
var limitWords = wordSet(`exceeded exceeds exceed exceeding limit limits maximum minimum max min least most greater less larger smaller longer shorter
expected expects length size capacity range code sqlstate errno requires required need needs available remaining allowed version versions bytes
columns rows parameters arguments missing found got received closed attempts tries retries failing fields`)

// measureWords make a number with a unit one.
var measureWords = wordSet(`timeout timed after within exceeded exceeds than limit waited waiting for of in`)

// troubleWords are words of failure.
var troubleWords = wordSet(`not no cannot unable without missing invalid illegal denied forbidden unauthorized timeout timeouts expired unknown undefined
bad wrong too limit must required requires duplicate conflict overflow lost closed reset dead deadlock malformed broken stuck exhausted insufficient
already null none nil expected never fatal panic panicked killed terminated disconnected incorrect unterminated unmatched locked refused dropped
but stale incompatible ambiguous blocked rejected revoked problem unhealthy degraded disabled down loop cycle sorry warning`)
