package ingest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logwhy/internal/logentry"
)

// writeEntries writes n entries of the shapes and sizes that real exports have:
// three in ten are requests, the rest half text and half JSON payloads, 1.1 KiB
// on average. sep stands between two entries.
func writeEntries(w io.Writer, n int, indent bool, sep string) {
	r := rand.New(rand.NewSource(1))
	at := time.Date(2025, 1, 22, 12, 0, 0, 0, time.UTC)
	nl, in := "", ""
	if indent {
		nl, in = "\n", "  "
	}
	instances := make([]string, 7)
	for i := range instances {
		instances[i] = fmt.Sprintf("%0192x", r.Uint64())
	}
	line := func(depth int, s string) string {
		p := nl
		for range depth {
			p += in
		}
		return p + s
	}
	for i := range n {
		if i > 0 {
			io.WriteString(w, sep)
		}
		at = at.Add(time.Duration(r.Intn(3_000_000)) * time.Nanosecond)
		stamp := at.Format(time.RFC3339Nano)
		payload, log := "", "stdout"
		switch k := r.Intn(10); {
		case k < 3:
			log = "requests"
			payload = line(2, `"httpRequest": {`) + line(3, fmt.Sprintf(`"latency": "0.%09ds",`, r.Intn(1e9))) + line(3, `"protocol": "HTTP/1.1",`) +
				line(3, `"remoteIp": "203.0.113.9",`) + line(3, `"requestMethod": "GET",`) + line(3, `"requestSize": "812",`) +
				line(3, fmt.Sprintf(`"requestUrl": "https://checkout-api-x7y2.a.run.app/v1/orders/%d?expand=lines",`, r.Intn(1e6))) +
				line(3, `"status": 200,`) + line(3, `"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"`) +
				line(2, `},`) + line(2, fmt.Sprintf(`"trace": "projects/acme-staging/traces/%032x",`, r.Uint64())) + line(2, `"spanId": "6f1c2f0a9be31d77",`)
		case k < 6:
			payload = line(2, fmt.Sprintf(`"textPayload": "2025-01-22 12:00:00,123 - checkout.orders - INFO - order %d of customer %d priced with \"standard\" rules in %d ms, %s",`, r.Intn(1e6), r.Intn(1e5), r.Intn(900), instances[r.Intn(7)][100:]))
		default:
			payload = line(2, `"jsonPayload": {`) + line(3, fmt.Sprintf(`"message": "cache miss for key orders:%d",`, r.Intn(1e6))) + line(3, `"level": "info",`) +
				line(3, `"logger": "checkout.cache",`) + line(3, fmt.Sprintf(`"took": %d.%d,`, r.Intn(90), r.Intn(10))) + line(3, fmt.Sprintf(`"context": {"request_id": "%016x", "customer": "%d"}`, r.Uint64(), r.Intn(1e5))) + line(2, `},`)
		}
		io.WriteString(w, line(1, "{")+line(2, fmt.Sprintf(`"insertId": "%016x%08x",`, r.Uint64(), i))+
			payload+line(2, `"labels": {`)+line(3, `"commit-sha": "5f1c2a9b7d3e4f60718293a4b5c6d7e8f9012345",`)+line(3, `"instanceId": "`+instances[r.Intn(7)]+`"`)+line(2, `},`)+
			line(2, `"logName": "projects/acme-staging/logs/run.googleapis.com%2F`+log+`",`)+line(2, `"receiveTimestamp": "`+stamp+`",`)+
			line(2, `"resource": {`)+line(3, `"labels": {`)+line(4, `"configuration_name": "checkout-api",`)+line(4, `"location": "europe-west1",`)+
			line(4, `"project_id": "acme-staging",`)+line(4, `"revision_name": "checkout-api-00031-xuz",`)+line(4, `"service_name": "checkout-api"`)+line(3, `},`)+
			line(3, `"type": "cloud_run_revision"`)+line(2, `},`)+line(2, `"severity": "INFO",`)+line(2, `"timestamp": "`+stamp+`"`)+line(1, "}"))
	}
}

// exports are the forms in which the benchmarks store the same entries.
var exports = []struct {
	name               string
	indent             bool
	before, sep, after string
	pack               func(io.Writer) io.WriteCloser
}{
	{name: "ndjson", sep: "\n", after: "\n"},
	{name: "pretty", indent: true, before: "[", sep: ",", after: "\n]\n"},
	{name: "oneline", before: "[", sep: ", ", after: "]"},
	{name: "ndjson.gz", sep: "\n", after: "\n", pack: func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	{name: "ndjson.zst", sep: "\n", after: "\n", pack: func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }},
}

// BenchmarkRead reads 64 MB of entries (LOGWHY_BENCH_ENTRIES sets another
// number); MB/s are of unpacked text.
func BenchmarkRead(b *testing.B) {
	n := 60_000
	if s := os.Getenv("LOGWHY_BENCH_ENTRIES"); s != "" {
		fmt.Sscan(s, &n)
	}
	for _, x := range exports {
		path := filepath.Join(b.TempDir(), x.name)
		size := writeExport(b, path, n, x.indent, x.before, x.sep, x.after, x.pack)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", x.name, workers), func(b *testing.B) {
				b.SetBytes(size)
				for b.Loop() {
					benchRead(b, path, Options{Workers: workers, HashMax: -1}, n)
				}
			})
		}
		if x.name == "ndjson" {
			b.Run("ndjson/hashed", func(b *testing.B) {
				b.SetBytes(size)
				for b.Loop() {
					benchRead(b, path, Options{Workers: 2}, n)
				}
			})
		}
	}
}

func writeExport(b *testing.B, path string, n int, indent bool, before, sep, after string, pack func(io.Writer) io.WriteCloser) int64 {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := io.Writer(f)
	if pack != nil {
		p := pack(f)
		defer p.Close()
		w = p
	}
	count := &counting{w: bufio.NewWriterSize(w, 1<<20)}
	io.WriteString(count, before)
	writeEntries(count, n, indent, sep)
	io.WriteString(count, after)
	count.w.Flush()
	return count.n
}

type counting struct {
	w *bufio.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.w.Write(p)
}

func benchRead(b *testing.B, path string, opts Options, want int) {
	s, err := Open([]string{path}, opts)
	if err != nil {
		b.Fatal(err)
	}
	rep, err := s.Read(context.Background(), func(int) func(*logentry.Entry) { return func(*logentry.Entry) {} })
	if err != nil {
		b.Fatal(err)
	}
	if got := rep.Inputs[0].Entries; got != want {
		b.Fatalf("%d entries, want %d: %+v", got, want, rep.Inputs[0])
	}
}

// BenchmarkCut measures what cutting costs without decoding.
func BenchmarkCut(b *testing.B) {
	const n = 60_000
	for _, x := range exports[:3] {
		path := filepath.Join(b.TempDir(), x.name)
		size := writeExport(b, path, n, x.indent, x.before, x.sep, x.after, nil)
		s, err := Open([]string{path}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				cutAll(b, s.inputs[0])
			}
		})
	}
}

func cutAll(b *testing.B, in *input) {
	src, err := in.openText(context.Background(), sourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	pool := &bufferPool{}
	opts := Options{}.withDefaults()
	k := newCutter(in, src, &opts, pool)
	for {
		c, err := k.next()
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		c.release(pool)
	}
}

// BenchmarkText reads plain log lines.
func BenchmarkText(b *testing.B) {
	const n = 200_000
	path := filepath.Join(b.TempDir(), "app.log")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := &counting{w: bufio.NewWriter(f)}
	at := time.Date(2025, 1, 22, 12, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(w, "%s INFO [worker-%d] c.a.checkout.Orders - order %d priced with standard rules in %d ms\n", at.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02 15:04:05.000"), i%8, i, i%90)
	}
	w.w.Flush()
	f.Close()
	b.SetBytes(w.n)
	for b.Loop() {
		benchRead(b, path, Options{Workers: 2, HashMax: -1}, n)
	}
}
