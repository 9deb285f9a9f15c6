// Package onnxtest runs exported models in ONNX Runtime (onnxruntime-web, in Node) for tests.
package onnxtest

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

//go:embed onnx.mjs
var program []byte

// Answer is what a model made of the rows.
type Answer struct {
	Inputs  []string
	Outputs map[string]Output
}

// Output is one tensor that came out.
type Output struct {
	Type string
	Dims []int
	Data []*float64 // nil for an infinity or NaN
}

// Need skips the test where ONNX Runtime is not installed, and fails it in CI.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv("SEGKIT_ONNX") != "" {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("SEGKIT_ONNX names no folder with onnxruntime-web: scripts/test installs it")
	}
	t.Skip("SEGKIT_ONNX names no folder with onnxruntime-web: scripts/test installs it where npm can be reached")
}

// Run returns what a model makes of its input "x", rows of so many columns, one after the other.
func Run[T float32 | float64](t *testing.T, model []byte, rows []T, columns int) Answer {
	t.Helper()
	dir := t.TempDir()
	var data bytes.Buffer
	if err := binary.Write(&data, binary.LittleEndian, rows); err != nil {
		t.Fatal(err)
	}
	kind := "float32"
	if _, ok := any(rows).([]float64); ok {
		kind = "float64"
	}
	for name, content := range map[string][]byte{"onnx.mjs": program, "model.onnx": model, "rows": data.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "onnx.mjs", os.Getenv("SEGKIT_ONNX"), "model.onnx", kind, "rows", strconv.Itoa(columns))
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer Answer
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
