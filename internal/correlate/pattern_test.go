package correlate

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMask(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"numbers", "took 12 of 40 tries", "took * of * tries"},
		{"floats and signs", "moved from 1.5 to -2.5 by 3e-10", "moved from * to * by *"},
		{"percent", "cpu at 85% now", "cpu at *% now"},
		{"durations and sizes", "took 12ms and 3.4GB of 4 GB in 1m30s", "took * and * of * in *"},
		{"hex", "fault at 0x7ffe12ab", "fault at *"},
		{"hash", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 missing", "commit * missing"},
		{"uuid", "order 7f3c9a2e-11aa-4bcd-9e0f-aabbccddeeff failed", "order * failed"},
		{"ipv4", "dial tcp 10.0.0.7:5432: connect: refused", "dial tcp *: connect: refused"},
		{"ipv6", "peer fe80::1ff:fe23:4567:890a gone", "peer * gone"},
		{"ipv6 and port", "listen on [::1]:8080 failed", "listen on [*]:* failed"},
		{"timestamps", "at 2025-09-08T04:07:37.123Z or 2025-09-08 04:07:37,123", "at * or *"},
		{"date in words", "since Sun Jul  3 23:21:54 2005 down", "since * down"},
		{"the month of a sentence", "May the force", "May the force"},
		{"path", "open /data/users/8812/profile.json: no such file", "open /data/users/*/profile.json: no such file"},
		{"windows path", `open C:\Users\joe12\x.txt failed`, `open C:\Users\joe*\x.txt failed`},
		{"url", "GET https://api.acme.dev/v1/orders/8812?x=1 failed", "GET https://api.acme.dev/v*/orders/*?* failed"},
		{"url with a password", "dial postgres://app:s3cret@db.acme.dev/shop", "dial postgres://*@db.acme.dev/shop"},
		{"mail", "bounced joe@example.com from=ann.b@acme.dev", "bounced * from=*"},
		{"quoted with digits", `no key 'user-12' here`, `no key '*' here`},
		{"quoted word", `no module named "requests" here`, `no module named "requests" here`},
		{"quoted and long", `token "` + strings.Repeat("abcde", 12) + `" bad`, `token "*" bad`},
		{"quoted sentence", `msg="VM Paused after 12 tries"`, `msg="VM Paused after * tries"`},
		{"apostrophe", "can't open user's file 7", "can't open user's file *"},
		{"pairs", "user=alice id=42 state=ready", "user=alice id=* state=ready"},
		{"token", "jwt eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 bad", "jwt * bad"},
		{"pod", "pod checkout-api-7d9f8b6c5-x2k4p evicted", "pod checkout-api-* evicted"},
		{"pod, letters last", "pod checkout-api-7d9f8b6c5-xkwzp evicted", "pod checkout-api-* evicted"},
		{"revision", "revision checkout-api-00042-mqn and mailer-00007-t4x", "revision checkout-api-* and mailer-*"},
		{"instance", "instance 00c61b117c0f2e1d9b7e00 died", "instance * died"},
		{"java object", "leak of com.acme.Cart@1a2b3c found", "leak of com.acme.Cart@* found"},
		{"block", "block blk_-1608999687919862906 gone", "block blk_* gone"},
		{"user at host", "ssh root@worker-12 refused", "ssh * refused"},
		{"version", "needs v1.2.3 or 4.5.6", "needs v* or *"},
		{"file and line", "main.go:123 and app/x.py:77", "main.go:* and app/x.py:*"},
		{"lists of any length", "ids [1, 2, 3] and (4,5), dn7 dn8 dn9", "ids [*] and (*), dn*"},
		{"glued", "worker-12 node7 Cart77Service", "worker-* node* Cart*Service"},
		{"names with digits", "IPv6 over Base64Decoder, sha256", "IPv6 over Base*Decoder, sha256"},
		{"blanks", "a  b\tc", "a b c"},
		{"the same in another unit", "sent 1207 bytes (1.17 KB) to peer", "sent * bytes to peer"},
		{"nothing", "", ""},
		{"only blanks and brackets", "  ([{", " ([{"},

		{"http status", "status 404 for id 404", "status 404 for id *"},
		{"access log", `"GET /x HTTP/1.1" 503 1234`, `"GET /x HTTP/*" 503 *`},
		{"close code", "closed with code 1011 after 30 s", "closed with code 1011 after *"},
		{"errno", "[Errno 111] refused, errno=113", "[Errno 111] refused, errno=113"},
		{"exit code", "exited with exit code 137", "exited with exit code 137"},
		{"sqlstate", "SQLSTATE[42P01] or 12 rows", "SQLSTATE[42P01] or * rows"},
		{"signal", "killed by signal 9", "killed by signal 9"},
		{"bare status", "500 Pool exhausted", "500 Pool exhausted"},
		{"reason phrase", "failed with 429 Too Many Requests", "failed with 429 Too Many Requests"},
		{"negative code", "rc=-110 n=-110", "rc=-110 n=*"},
		{"hex code", "memory 0x7ffe12 code 0x80070005", "memory * code 0x80070005"},
		{"json", `{"code":404,"status": "503","id":"404a"}`, `{"code":404,"status": "503","id":"*"}`},
		{"counted errors", "error: 23 rows", "error: * rows"},
		{"numbered error", "ORA-00001: unique", "ORA-00001: unique"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mask(tt.in); got != tt.want {
				t.Errorf("mask(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

// opposites are messages that must never be one pattern, however many there
// are of each. "#" stands for a name that varies, so that the slots beside the
// difference take many values.
var opposites = [][2]string{
	{"VM Started on #", "VM Paused on #"},
	{"health check passed for #", "health check failed for #"},
	{"peer # connected", "peer # disconnected"},
	{"link # is up", "link # is down"},
	{"circuit # open", "circuit # closed"},
	{"feature # enabled", "feature # disabled"},
	{"login of # success", "login of # failure"},
	{"request of # accepted", "request of # rejected"},
	{"upload # succeeded", "upload # failed"},
	{"lock # acquired", "lock # released"},
	{"volume # mounted", "volume # unmounted"},
	{"user # allowed", "user # denied"},
	{"service # available", "service # unavailable"},
	{"member # joined", "member # left"},
	{"certificate # valid", "certificate # invalid"},
	{"node # online", "node # offline"},
	{"pod # ready", "pod # not"},
	{"can reach # now", "cannot reach # now"},
	{"key # found", "key # missing"},
	{"node # became leader", "node # became follower"},
	{"job # completed", "job # aborted"},
	{"retry=true for #", "retry=false for #"},
	{"state=running for #", "state=stopping for #"},
	{"could not read # from disk", "could not write # to disk"},
	{"VM_STARTED #", "VM_PAUSED #"},
	{"onConnect of # threw", "onDisconnect of # threw"},
	{"queue # is full", "queue # is empty"},
	{"status 404 for #", "status 500 for #"},
	{"HTTP 502 from #", "HTTP 503 from #"},
	{`"GET /cart HTTP/1.1" 404 for #`, `"GET /cart HTTP/1.1" 500 for #`},
	{"websocket of # closed with code 1011", "websocket of # closed with code 1006"},
	{"websocket of #: close 1011 (error)", "websocket of #: close 1006 (error)"},
	{"[Errno 111] connect to #", "[Errno 113] connect to #"},
	{"worker # exited with code 1", "worker # exited with code 137"},
	{"worker # exit status 1", "worker # exit status 2"},
	{"SQLSTATE 23505 in #", "SQLSTATE 40001 in #"},
	{"SQLSTATE[42P01]: in #", "SQLSTATE[42703]: in #"},
	{"worker # killed by signal 9", "worker # killed by signal 15"},
	{"worker # got SIGKILL", "worker # got SIGTERM"},
	{"dial # ECONNREFUSED", "dial # ETIMEDOUT"},
	{"rpc to #: code = Unavailable", "rpc to #: code = Internal"},
	{"rpc to #: DEADLINE_EXCEEDED", "rpc to #: RESOURCE_EXHAUSTED"},
	{"403 Not authenticated for #", "500 Pool exhausted for #"},
	{"ORA-00001: in #", "ORA-01017: in #"},
	{"KeyError: '#'", "ValueError: '#'"},
	{"java.io.IOException: #", "java.lang.IllegalStateException: #"},
	{"acme.pay.Declined: card of #", "acme.pay.Lost: card of #"},
	{"TimeoutError of # seen", "ConnectionError of # seen"},
	{"rc=-110 for #", "rc=-5 for #"},
	{"hresult 0x80070005 for #", "hresult 0x80070002 for #"},
	{`{"status":"404","name":"#"}`, `{"status":"500","name":"#"}`},
	{"order.paid for #", "order.refused for #"},
	{"event #_started in shop", "event #_stopped in shop"},
	{"event #.opened in shop", "event #.closed in shop"},
	{"call of /v1/#/enable in shop", "call of /v1/#/disable in shop"},
	{"event on#Failed in shop", "event on#Passed in shop"},
}

var slotNames = []string{"amber", "birch", "cedar", "dune", "elm", "fern", "grove", "heath", "iris", "juniper", "kelp", "larch"}

func TestOppositesAreNeverMerged(t *testing.T) {
	if len(opposites) < 40 {
		t.Fatalf("%d pairs", len(opposites))
	}
	keys := map[string]string{}
	side := map[string][2]int{} // pattern → its pair, and which of the two
	for p, pair := range opposites {
		for s, text := range pair {
			for _, name := range slotNames {
				id, template := patternOf(strings.ReplaceAll(text, "#", name))
				if was, ok := side[id]; ok && was != [2]int{p, s} {
					t.Errorf("one key for %q and %q", text, opposites[was[0]][was[1]])
				}
				keys[id], side[id] = template, [2]int{p, s}
			}
		}
	}
	holds := map[string]map[[2]int]bool{}
	for id, m := range mergePatterns(keys) {
		if holds[m.id] == nil {
			holds[m.id] = map[[2]int]bool{}
		}
		holds[m.id][side[id]] = true
	}
	for _, members := range holds {
		for m := range members {
			if members[[2]int{m[0], 1 - m[1]}] && m[1] == 0 {
				t.Errorf("merged: %q and %q", opposites[m[0]][0], opposites[m[0]][1])
			}
		}
	}
	if len(holds) > len(keys)/2 {
		t.Errorf("%d patterns of %d keys: nothing was merged, so nothing was tested", len(holds), len(keys))
	}
}

func TestMergeKeepsPlacesApart(t *testing.T) {
	trace := func(key, file string) string {
		return fmt.Sprintf("Traceback (most recent call last):\n  File \"/app/%s\", line 3, in load\n    x\nKeyError: '%s'", file, key)
	}
	keys := map[string]string{}
	for _, name := range slotNames {
		for _, file := range []string{"cart.py", "mail.py"} {
			id, template := patternOf(trace(name, file))
			keys[id] = template
		}
	}
	if len(keys) != 2*len(slotNames) {
		t.Fatalf("%d keys, want %d", len(keys), 2*len(slotNames))
	}
	shown := map[string]bool{}
	for id, m := range mergePatterns(keys) {
		shown[m.id] = true
		if placeOf(id) == "0000" || placeOf(m.id) != placeOf(id) {
			t.Errorf("place of %s is shown as %s", id, m.id)
		}
	}
	if len(shown) != 2 {
		t.Errorf("%d patterns shown, want one for each place", len(shown))
	}
}

func TestMergeOfSlots(t *testing.T) {
	keys := map[string]string{}
	add := func(text string) string {
		id, template := patternOf(text)
		keys[id] = template
		return id
	}
	var slot, few []string
	for _, name := range slotNames {
		slot = append(slot, add("no price for "+name+" in the catalogue"))
	}
	for _, name := range slotNames[:3] {
		few = append(few, add("the "+name+" module misbehaves"))
	}
	merged := mergePatterns(keys)
	if got, want := merged[slot[0]].template, "no price for * in the catalogue"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
	for _, id := range slot {
		if merged[id] != merged[slot[0]] {
			t.Errorf("%q stands apart", keys[id])
		}
	}
	for _, id := range few {
		if merged[id].id != id {
			t.Errorf("%q was merged: three words are no slot", keys[id])
		}
	}
}

// texts makes messages of many forms, so that the properties are tested where
// slots overlap.
func texts(n int) []string {
	r := rand.New(rand.NewSource(7))
	pick := func(list ...string) string { return list[r.Intn(len(list))] }
	out := make([]string, n)
	for i := range out {
		name, other := slotNames[r.Intn(len(slotNames))], slotNames[r.Intn(len(slotNames))]
		out[i] = pick("no price for "+name+" in "+other, "user "+name+" "+pick("joined", "left")+" room "+other,
			fmt.Sprintf("worker-%d: status %d from %s.acme.dev:%d", r.Intn(50), 400+r.Intn(5), name, r.Intn(9999)),
			"open /srv/"+name+"/"+other+".json: no such file", "module "+name+" says "+pick("yes", "no")+" to "+other+" again")
	}
	return out
}

func TestMergeDependsOnTheSetAlone(t *testing.T) {
	list := texts(800)
	group := func(order []int) map[string]mergedPattern {
		keys := map[string]string{}
		for _, i := range order {
			id, template := patternOf(list[i])
			keys[id] = template
		}
		return mergePatterns(keys)
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	want := group(order)
	for seed := int64(0); seed < 8; seed++ {
		rand.New(rand.NewSource(seed)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if diff := cmp.Diff(want, group(order), cmp.AllowUnexported(mergedPattern{})); diff != "" {
			t.Fatalf("order %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestPatternIDs(t *testing.T) {
	id, template := patternOf("peer node7 lost after 12 s\nmore")
	if id2, _ := patternOf("peer node8 lost after 3 s"); id != id2 {
		t.Errorf("ids differ: %s, %s", id, id2)
	}
	if template != "peer node* lost after *" || len(id) != 24 || placeOf(id) != "0000" {
		t.Errorf("got %s %q", id, template)
	}
	coarse, template := coarsePattern("peer node7 lost after 12 s")
	if template != "peer lost after *" || !strings.HasSuffix(coarse, "-coarse") {
		t.Errorf("got %s %q", coarse, template)
	}
	if _, template = coarsePattern("ValueError: bad 12"); template != "ValueError: *" {
		t.Errorf("got %q", template)
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"a@", "'", `"1`, "://", "HTTP/", "x=://@?", "<1 ", "-", "*(*)", "a (", "Jan", "\x80\xff1", "1,", "::1", "0x"} {
		f.Add(s)
	}
	for _, pair := range opposites {
		f.Add(pair[0])
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := mask(s)
		if len(got) > 2*len(s)+1 {
			t.Errorf("mask(%q) grew to %q", s, got)
		}
		id, template := patternOf(s)
		other, _ := patternOf(s + " 12")
		m := mergePatterns(map[string]string{id: template, other: template + " *"})
		if m[id].id == "" {
			t.Errorf("%q lost", s)
		}
	})
}

var plain = []string{
	"failed to reach checkout-api after three attempts, giving up on this order",
	"could not connect to 10.0.0.7:5432: connection refused after 12ms",
	"order 7f3c9a2e-11aa-4bcd-9e0f-aabbccddeeff: payment declined by provider, status 402",
	"mailer queue is full: 4096 of 4096 slots taken",
}

func BenchmarkPatternOf(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		patternOf(plain[i%len(plain)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkMergePatterns(b *testing.B) {
	keys := map[string]string{}
	for i, s := range texts(50_000) {
		id, template := patternOf(fmt.Sprintf("%s %s%s", s, slotNames[i%12], slotNames[i/12%12]))
		keys[id] = template
	}
	b.ResetTimer()
	b.ReportMetric(float64(len(keys)), "keys")
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		mergePatterns(keys)
	}
}
