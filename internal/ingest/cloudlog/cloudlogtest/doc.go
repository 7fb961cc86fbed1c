// Package cloudlogtest is a Cloud Logging service for tests and demonstrations.
// It speaks the real protocol, gRPC and REST, over entries that a test gives,
// and it breaks in the ways that the real service breaks.
//
// A test in five lines:
//
//	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromFile(t, "testdata/incident.json")}})
//	client, err := logging.NewClient(t.Context(), srv.ClientOptions()...)
//	…
//	it := client.ListLogEntries(t.Context(), &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/acme-staging"}})
//	first, err := it.Next()
//
// A program under test is given srv.Addr (gRPC, without TLS) or srv.URL (REST).
//
// What comes in are entries as LogEntry JSON, in memory ([Load], [FromFile],
// [Server.Add]) or made when they are asked for (any [Source], [Repeat]). What
// goes out follows the published rules of the service:
//
//   - page_size 0 means 50; below 0 and above 1000 it is refused.
//   - order_by is "timestamp asc" or "timestamp desc"; entries of equal time stand
//     in order of their insertId, which "desc" reverses too.
//   - A page token belongs to the filter, the order and the resources that it was
//     made for. With [Options.TokenLife] it expires.
//   - A filter holds 20,000 characters at most; a request 100 resource names.
//   - "projects/P" reads what was logged in P, whatever bucket holds it. A view
//     reads its bucket: audit activity and system events lie in _Required, so that
//     the views of _Default show no deploy.
//   - Of entries with equal project, time and insertId only one is returned.
//   - gRPC carries what the proto knows: errorGroups exist on REST alone.
//   - A payload of an unknown type stays an Any whose bytes nobody here can read.
//
// What goes wrong is asked for: [Options.Faults] decides for each call, see
// [Script] and [Seeded]; [Options.Quota] refuses what is beyond so many calls a
// minute; [Options.Access] refuses resources; [Server.Stop] and [Server.Restart]
// take the service away and bring it back; [Server.Suppress] and
// [Server.EndTails] disturb the sessions of TailLogEntries.
//
// The clock is [Options.Now]; nothing here takes the time from anywhere else,
// except that delays and the end of a tail session really wait. What was asked
// is kept: see [Server.Calls].
package cloudlogtest
