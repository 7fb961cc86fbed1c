package correlate

import "time"

// The values that decide links and phases. Each stands here with its reason,
// and reports print those that they used.
const (
	// RequestSlack is how long after the end of a request its cause may be
	// logged: of 76 measured pairs 65 lie within 10 ms and all within 400 ms.
	RequestSlack = 500 * time.Millisecond
	// LateSlack is the same where nothing else could be meant: no other request
	// of the instance ends near, and no other error stands there. Node.js
	// services log an error up to 1.4 s after the platform has the end of the
	// request, where they are short of CPU after the answer. Plausible at most.
	LateSlack = 2 * time.Second
	// TraceSlack is the same where both carry one trace, so that no other
	// request can be meant: the platform's word on the end of an execution and
	// what the process still writes come through different buffers.
	TraceSlack = 2 * time.Second
	// InstanceReach joins cause and effect on one instance: measured lags from
	// the last error to the exit are at most 0.72 s, to the failed probe 0.78 s,
	// and any reach from 1 to 30 s gives the same links.
	InstanceReach = 5 * time.Second
	// ExecutionReach joins on one job execution: a failed execution is reported
	// up to 5.3 s after its container ended.
	ExecutionReach = 10 * time.Second
	// RevisionReach joins platform entries that name the same revision, where
	// no edge says more: Ready=False is logged up to 0.91 s after the probe.
	RevisionReach = 10 * time.Second
	// FileReach joins entries without any scope.
	FileReach = time.Second
	// Burst is the stretch in which errors of one instance belong together.
	Burst = 5 * time.Second
	// OrderSlack is how far clocks of one instance may disagree.
	OrderSlack = 10 * time.Millisecond
	// BlockGap separates the lines of one multi-line message that the platform
	// stored as one entry each: they are microseconds apart.
	BlockGap = 2 * time.Millisecond
	// TraceGap separates the parts of one stack trace.
	TraceGap = time.Second

	// GapDefault is the silence that ends a phase.
	GapDefault = 5 * time.Minute
	// QuietAfterDefault is how long nothing must be seen before the end of the
	// window for an incident to count as quiet.
	QuietAfterDefault = 10 * time.Minute

	// KeptDefault bounds the observations that are kept whole.
	KeptDefault = 8_000
	// ContextDefault bounds the unremarkable lines that are kept beside them,
	// to complete multi-line messages.
	ContextDefault = 2_500
	// maxMessage bounds the text kept of one entry, in bytes.
	maxMessage = 64 << 10
	// PatternsDefault bounds the distinct names of events that are counted one
	// by one; beyond it a coarser name counts on.
	PatternsDefault = 100_000
)
