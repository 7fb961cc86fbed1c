package bundle

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// ErrOther says that something is no bundle at all: the reader should be
// given to whoever reads logs.
var ErrOther = errors.New("not a bundle")

// Is says whether r, of which it reads no more than it must, is a bundle: zstd
// with a tar archive inside whose first file is the manifest.
func Is(r io.Reader) bool {
	z, err := unzstd(r)
	if err != nil {
		return false
	}
	defer z.Close()
	h, err := tar.NewReader(z).Next()
	return err == nil && h.Name == ManifestName
}

func unzstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderLowmem(true))
}

// Open reads a bundle and checks the hashes of its files. The error is
// ErrOther when r holds something else. Files it does not know are ignored, as
// a version is only ever added to.
func Open(r io.Reader) (*Bundle, error) {
	z, err := unzstd(r)
	if err != nil {
		return nil, ErrOther
	}
	defer z.Close()
	t := tar.NewReader(z)
	h, err := t.Next()
	if err != nil || h.Name != ManifestName {
		return nil, ErrOther
	}
	b := &Bundle{}
	data, err := readFile(t, h)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &b.Manifest); err != nil {
		return nil, fmt.Errorf("read bundle: its manifest is damaged: %w", err)
	}
	if b.Manifest.Schema != Schema {
		return nil, fmt.Errorf("read bundle: schema is %q, want %q", b.Manifest.Schema, Schema)
	}
	if err := b.files(t); err != nil {
		return nil, err
	}
	if b.Analysis == nil {
		return nil, fmt.Errorf("read bundle: it holds no %s", AnalysisName)
	}
	return b, nil
}

func (b *Bundle) files(t *tar.Reader) error {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read bundle: it is damaged or cut off: %w", err)
		}
		var to *[]byte
		switch h.Name {
		case AnalysisName:
			to = &b.Analysis
		case EntriesName:
			to = &b.Entries
		default:
			continue
		}
		if *to, err = readFile(t, h); err != nil {
			return err
		}
		if !b.listed(h.Name, *to) {
			return fmt.Errorf("read bundle: %s is not as it was packed", h.Name)
		}
	}
}

func (b *Bundle) listed(name string, data []byte) bool {
	for _, f := range b.Manifest.Files {
		if f.Name == name {
			return f.SHA256 == sum(data)
		}
	}
	return false
}

func readFile(r io.Reader, h *tar.Header) ([]byte, error) {
	if h.Size > maxFile {
		return nil, fmt.Errorf("read bundle: %s is too large", h.Name)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read bundle: it is damaged or cut off: %w", err)
	}
	return data, nil
}
