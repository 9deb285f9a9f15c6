package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Through a real kernel, where every cell is a program of its own: a kept network is read back by the cell run again, and
// trained anew where a number in its configuration or the data changed.
func TestKeptResultsInTheKernel(t *testing.T) {
	if os.Getenv("SEGKIT_KERNEL") == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("SEGKIT_KERNEL is not set: scripts/test sets up a kernel")
		}
		t.Skip("SEGKIT_KERNEL is not set: scripts/test sets up a kernel")
	}
	if testing.Short() {
		t.Skip("a kernel takes too long for -short")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// What is kept lies beside the nearest go.mod.
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/other\n\ngo 1.26\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	call := func(epochs int, value float64) string {
		return fmt.Sprintf("%%%%\nshow(&autoencoder.Config{Hidden: []int{3}, Epochs: %d}, %v)", epochs, value)
	}
	cells := []struct{ source, want string }{
		{"%noautoget\n!*go work init . " + root, ""},
		{`import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/nb"
)

func show(config *autoencoder.Config, value float64) {
	x := mat.NewDense(4, 2, []float64{0, 1, 1, 0, 1, 1, 0, value})
	said := "kept"
	config.OnEpoch = func(e autoencoder.Epoch) { said = fmt.Sprint("trained ", e.Total) }
	model := nb.Must(nb.Keep("network", func() (*autoencoder.Model, error) {
		return autoencoder.Train(context.Background(), x, config)
	}, autoencoder.Read, x, config))
	fmt.Println(said, len(model.History))
}`, ""},
		{call(2, 0), "trained 2 2"},
		{call(2, 0), "kept 2"},
		{call(3, 0), "trained 3 3"},
		{call(3, 0.5), "trained 3 3"},
		{call(2, 0), "kept 2"},
		{call(3, 0.5), "kept 3"},
	}
	nb := map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{"kernelspec": map[string]string{"name": "gonb", "display_name": "Go", "language": "go"}}}
	var list []any
	for i, c := range cells {
		list = append(list, map[string]any{"cell_type": "code", "id": fmt.Sprint("c", i), "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil, "source": c.source})
	}
	nb["cells"] = list
	b, err := json.Marshal(nb)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "00-keep.ipynb")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	executed, err := execute(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		var said strings.Builder
		for _, o := range executed.Cells[i].Outputs {
			if o.Type == "stream" && o.Name == "stdout" {
				said.WriteString(o.Text.text)
			}
		}
		if got := strings.TrimSpace(said.String()); got != c.want {
			t.Errorf("cell %d says %q, want %q", i+1, got, c.want)
		}
	}
}
