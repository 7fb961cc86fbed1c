# Names for what is done often. A fresh clone needs none of it: `go test ./...`
# and `go run ./cmd/logwhy` work alone.

STATICCHECK := bin/staticcheck

.PHONY: test lint update docs bench fuzz clean

test: ## all tests
	go test ./...

lint: $(STATICCHECK) ## format, vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt'ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...

$(STATICCHECK): tools/go.mod tools/go.sum
	cd tools && go build -o ../$(STATICCHECK) honnef.co/go/tools/cmd/staticcheck

update: ## rewrite goldens and what the tests hold in step with the code
	go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' ./... | while read -r dir; do \
		if grep -qs 'flag.Bool("update"' "$$dir"/*_test.go; then (cd "$$dir" && go test . -update) || exit 1; fi; \
	done

docs: update ## the generated pages are goldens too
	git status --short docs

bench: ## against jq and ripgrep on 500 MB; `bench/run.sh --size 2GB` for more
	bench/run.sh

fuzz: ## each fuzz test for FUZZTIME (default 30s)
	@go list ./... | while read -r pkg; do \
		for f in $$(go test -list '^Fuzz' "$$pkg" 2>/dev/null | grep '^Fuzz'); do \
			echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-30s} "$$pkg" || exit 1; \
		done; \
	done

clean:
	rm -rf bin bench/data
