package signature

// grams estimates how often a text is met in log messages: by the three-byte
// pieces of all literals of the catalogue, which speak the language of logs,
// and of the lines that services print all day.
type grams map[[3]byte]int32

// everyday holds lines as they are printed when nothing is wrong. What occurs
// in them is a poor thing to look for. The weight makes up for their number.
const (
	everyday = `INFO:     10.0.0.1:0 - "GET /api/items HTTP/1.1" 200 OK
127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "POST /api/users HTTP/1.1" 201 512 "-" "Mozilla/5.0"
HTTP 200 GET https://service.example.com/ 0.012345678s
2026-01-01 00:00:00,000 INFO [main] com.example.application.service: request completed in 12 ms, status=200 method=GET path=/health
Starting new instance. Reason: AUTOSCALING - Instance started due to configured scaling factors or no existing capacity for current traffic.
Default STARTUP TCP probe succeeded after 1 attempt for container on port 8080.
Application startup complete. Server listening on port 8080. Database connection established. Connected to database, connection pool initialized
Request started, processing request, request finished, response sent, session created, user logged in, authentication successful, token validated
{"level":"info","message":"processing message","timestamp":"2026-01-01T00:00:00Z","logger":"app","service":"api","version":"1.0.0"}
WARNING error failed exception retrying timeout not found unable to could not the was is are for with from into and has been this that
`
	everydayWeight = 40
)

func newGrams(lits []literal) grams {
	g := grams{}
	g.add(everyday, everydayWeight)
	for _, l := range lits {
		g.add(l.text, 1)
	}
	return g
}

func (g grams) add(text string, weight int32) {
	text = lowerASCII(text)
	for i := 0; i+3 <= len(text); i++ {
		g[[3]byte{text[i], text[i+1], text[i+2]}] += weight
	}
}

// window returns the stretch of at most windowLen bytes of a literal that is
// met least often, and how often that may be.
func (g grams) window(l literal) (offset int, cost int32) {
	text := lowerASCII(l.text)
	n := min(len(text), windowLen)
	cost = 1<<31 - 1
	for i := 0; i+n <= len(text); i++ {
		if c := g.cost(text[i : i+n]); c < cost {
			offset, cost = i, c
		}
	}
	return offset, cost
}

// cost bounds how often a text is met: no more often than its rarest piece.
// The other pieces count a little, so that of two equal bounds the text with
// rarer company wins.
func (g grams) cost(text string) int32 {
	least, sum := int32(1<<24), int32(0)
	for i := 0; i+3 <= len(text); i++ {
		c := g[[3]byte{text[i], text[i+1], text[i+2]}]
		least = min(least, c)
		sum += min(c, 255)
	}
	return least<<7 + sum/int32(len(text))
}
