package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/track"
)

// page is what the templates know of one notebook.
type page struct {
	Name, Number, Title, Summary string // Name without the extension; Number "03"
	Data                         string // which data it was made from, in words
	Fingerprint                  string // of those data
	Synthetic                    bool
	Picture                      template.URL // its last figure, as a data URL
	Body                         template.HTML
}

// site is what the templates know of the whole.
type site struct {
	Pages          []*page
	Data           string
	Synthetic      bool
	Profile        bool          // is there a profile.html?
	Runs           bool          // are there pages of the runs?
	Dictionary     template.HTML // data/README.md
	Page           *page
	Previous, Next *page
}

// publish renders the executed notebooks into dir, beside those of earlier runs, and returns the path of the index.
// Each notebook stands there twice: as a page, and as the executed file to download.
func publish(dir string, executed []*notebook, data *segkit.Prepared) (string, error) {
	for _, nb := range executed {
		nb.Metadata["segkit"] = map[string]any{
			"data":        about(data),
			"fingerprint": data.Raw.Fingerprint(),
			"synthetic":   data.Source.Synthetic,
		}
		b, err := nb.bytes()
		if err != nil {
			return "", err
		}
		if err := atomicfile.WriteBytes(filepath.Join(dir, filepath.Base(nb.source)), b); err != nil {
			return "", err
		}
	}
	s, err := assemble(dir, data.Raw.Fingerprint())
	if err != nil {
		return "", err
	}
	if s.Profile, err = copyProfile(dir, data.Raw.Fingerprint()); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, runsPage)); err == nil {
		s.Runs = true
	}
	for i, p := range s.Pages {
		s.Page, s.Previous, s.Next = p, nil, nil
		if i > 0 {
			s.Previous = s.Pages[i-1]
		}
		if i+1 < len(s.Pages) {
			s.Next = s.Pages[i+1]
		}
		if err := write(filepath.Join(dir, p.Name+".html"), "notebook.html", s); err != nil {
			return "", err
		}
	}
	s.Page, s.Previous, s.Next = nil, nil, nil
	dictionary, err := os.ReadFile(filepath.Join("data", "README.md"))
	if err != nil {
		return "", err
	}
	if s.Dictionary, err = prose(string(dictionary)); err != nil {
		return "", err
	}
	if err := write(filepath.Join(dir, "data.html"), "data.html", s); err != nil {
		return "", err
	}
	index := filepath.Join(dir, "index.html")
	return index, write(index, "index.html", s)
}

// assemble reads the executed notebooks in dir. One that is no longer in notebooks/, or was made from other data than these,
// is removed with its page: a site tells one story.
func assemble(dir, fingerprint string) (*site, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "[0-9][0-9]-*.ipynb"))
	if err != nil {
		return nil, err
	}
	s := &site{}
	gone := 0
	for _, path := range paths {
		nb, err := readNotebook(path)
		if err != nil {
			return nil, err
		}
		p, err := newPage(nb)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join("notebooks", filepath.Base(path))); errors.Is(err, fs.ErrNotExist) || p.Fingerprint != fingerprint {
			if err := errors.Join(os.Remove(path), os.RemoveAll(strings.TrimSuffix(path, ".ipynb")+".html")); err != nil {
				return nil, err
			}
			gone++
			continue
		}
		s.Pages = append(s.Pages, p)
		s.Synthetic, s.Data = p.Synthetic, p.Data
	}
	if gone > 0 {
		fmt.Printf("%d pages of other data or of notebooks that are gone were removed; scripts/run makes all there are\n", gone)
	}
	return s, nil
}

func newPage(nb *notebook) (*page, error) {
	name := strings.TrimSuffix(filepath.Base(nb.source), ".ipynb")
	p := &page{Name: name, Number: name[:2], Title: nb.title, Summary: nb.summary()}
	if about, ok := nb.Metadata["segkit"].(map[string]any); ok {
		p.Data, _ = about["data"].(string)
		p.Fingerprint, _ = about["fingerprint"].(string)
		p.Synthetic, _ = about["synthetic"].(bool)
	}
	if encoded := nb.picture(); encoded != "" {
		p.Picture = template.URL("data:image/png;base64," + encoded)
	}
	var err error
	p.Body, err = render(nb)
	return p, err
}

// picture returns the notebook's last figure, a PNG in base64; "" where there is none.
func (nb *notebook) picture() string {
	for _, c := range slices.Backward(nb.Cells) {
		for _, o := range slices.Backward(c.Outputs) {
			if png, ok := o.Data["image/png"]; ok {
				return strings.ReplaceAll(png.text, "\n", "")
			}
		}
	}
	return ""
}

// summary returns the first paragraph below the title.
func (nb *notebook) summary() string {
	for _, c := range nb.Cells {
		if c.Type != "markdown" {
			continue
		}
		_, rest, ok := strings.Cut("\n"+c.Source.text, "\n# ")
		if !ok {
			continue
		}
		_, rest, _ = strings.Cut(rest, "\n")
		for paragraph := range strings.SplitSeq(rest, "\n\n") {
			if text := strings.TrimSpace(paragraph); text != "" && !strings.HasPrefix(text, "[") {
				return strings.NewReplacer("*", "", "`", "", "\n", " ").Replace(text)
			}
		}
	}
	return ""
}

const runsPage = "runs/index.html"

// exportRuns has scripts/ledger write the pages of what the notebooks tracked into the site, where they tracked something.
func exportRuns(ctx context.Context, dir string) error {
	if _, err := os.Stat("runs"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	out, err := exec.CommandContext(ctx, "ledger", "export", "--store", "runs", filepath.Join(dir, filepath.Dir(runsPage))).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the pages of the runs: %w\n%s", err, out)
	}
	return nil
}

// copyProfile takes the report that notebook 01 tracked into the site. It is false where there is none of these data yet.
func copyProfile(dir, fingerprint string) (bool, error) {
	store, err := track.Open("runs")
	if err != nil {
		return false, err
	}
	record, err := store.Load("profile")
	if errors.Is(err, track.ErrNoRun) || err == nil && (record.State != track.Ended || record.Params["data"] != fingerprint) {
		return false, os.RemoveAll(filepath.Join(dir, "profile.html"))
	}
	if err != nil {
		return false, err
	}
	r, err := record.Open(track.HTML, "profile.html")
	if err != nil {
		return false, err
	}
	defer r.Close()
	return true, atomicfile.Write(filepath.Join(dir, "profile.html"), func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

func write(path, name string, s *site) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, s); err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, b.Bytes())
}
