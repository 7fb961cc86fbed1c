package ingest

import "logwhy/internal/logentry"

// jsonOfRepr turns a Python repr of a mapping into JSON.
func jsonOfRepr(s string) (logentry.Value, bool) { return nil, false }
