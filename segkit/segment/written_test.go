package segment_test

import (
	"bytes"
	"testing"

	"example.com/marketing/segkit/segment"
)

// written returns the model's file.
func written(t testing.TB, m *segment.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, b.Len(), err)
	}
	return b.Bytes()
}
