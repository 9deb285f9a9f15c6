package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shop is a data set of three customers, and what Fetch has to know of it.
const shopCSV = "CUST_ID,BALANCE,TENURE\nC1,10.5,12\nC2,,6\nC3,4.25,12\n"

var shop = content{rows: 3, columns: []columnContent{{"BALANCE", 1, 14.75}, {"TENURE", 0, 30}}}

func zipped(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

// fetchFrom fetches from one server, over an earlier file, and returns what lies there afterwards.
func fetchFrom(t *testing.T, h http.HandlerFunc, o FetchOptions) (file string, err error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	dir := t.TempDir()
	path := filepath.Join(dir, "cc_data.csv")
	if err := os.WriteFile(path, []byte("an earlier file"), 0o666); err != nil {
		t.Fatal(err)
	}
	o.Sources = []FetchSource{{"test server", server.URL}}
	if o.accept == nil {
		o.accept = &shop
	}
	_, err = Fetch(t.Context(), dir, &o)
	b, readErr := os.ReadFile(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	entries, readErr := os.ReadDir(dir)
	if readErr != nil || len(entries) != 1 {
		t.Errorf("%d files in the folder, %v", len(entries), readErr)
	}
	return string(b), err
}

func TestFetchAccepts(t *testing.T) {
	arff := "% a comment\n@relation cards\n@attribute CUST_ID string\n@ATTRIBUTE 'BALANCE' numeric\n@attribute TENURE numeric\n\n@data\nC1,10.5,12\n'C2',?,6\nC3,4.25,12\n"
	for about, h := range map[string]http.HandlerFunc{
		"plain":            answer(shopCSV),
		"no final newline": answer(strings.TrimSpace(shopCSV)),
		"byte-order mark":  answer("\xef\xbb\xbf" + shopCSV),
		"Windows":          answer(strings.ReplaceAll(shopCSV, "\n", "\r\n")),
		"blanks in names":  answer(strings.Replace(shopCSV, "BALANCE,TENURE", " BALANCE , TENURE", 1)),
		"extra columns":    answer("row,CUST_ID,TENURE,NOTE,BALANCE\n0,C1,12,x,10.5\n1,C2,6,y,\n2,C3,12,z,4.25\n"),
		"zip":              answer(zipped(t, "folder/CC GENERAL.csv", "\xef\xbb\xbf"+shopCSV)),
		"ARFF":             answer(arff),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/file", http.StatusSeeOther)
				return
			}
			fmt.Fprint(w, shopCSV)
		},
		"description": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				fmt.Fprintf(w, `{"data_set_description":{"id":"1","url":"http://%s/file.arff"}}`, r.Host)
				return
			}
			fmt.Fprint(w, arff)
		},
	} {
		file, err := fetchFrom(t, h, FetchOptions{})
		if err != nil || file != shopCSV {
			t.Errorf("%s: %q, %v", about, file, err)
		}
	}
}

func TestFetchRefuses(t *testing.T) {
	for _, c := range []struct {
		about   string
		h       http.HandlerFunc
		options FetchOptions
		says    string
	}{
		{"a web page", answer("<!DOCTYPE html><p>Sign in"), FetchOptions{}, "a web page, not CSV"},
		{"nothing", answer(""), FetchOptions{}, "the answer is empty"},
		{"wrong columns", answer("CUST_ID,LIMIT\nC1,2\n"), FetchOptions{}, "2 of 3 columns are not there: BALANCE, TENURE"},
		{"too few rows", answer("CUST_ID,BALANCE,TENURE\nC1,10.5,12\n"), FetchOptions{}, "1 customers, not 3"},
		{"another hole", answer(strings.Replace(shopCSV, "4.25", "", 1)), FetchOptions{}, "BALANCE lacks 2 values, not 1"},
		{"another number", answer(strings.Replace(shopCSV, "4.25", "4.26", 1)), FetchOptions{}, "BALANCE sums to 14.760000, not 14.750000"},
		{"text for a number", answer(strings.Replace(shopCSV, "4.25", "four", 1)), FetchOptions{}, "line 4, column BALANCE"},
		{"a torn row", answer(shopCSV + "C4,1\n"), FetchOptions{}, "line 5"},
		{"an archive without CSV", answer(zipped(t, "readme.txt", "x")), FetchOptions{}, "none of the archive's 1 files is CSV"},
		{"a torn archive", answer(zipped(t, "a.csv", shopCSV)[:60]), FetchOptions{}, "zip"},
		{"an empty CSV in an archive", answer(zipped(t, "a.csv", "")), FetchOptions{}, "the file is empty"},
		{"an archive that swells", answer(zipped(t, "a.csv", strings.Repeat("0", 10_000))), FetchOptions{Limit: 5000}, "more than 5000 bytes"},
		{"ARFF without data", answer("@relation x\n@attribute a numeric\n"), FetchOptions{}, "ARFF without @data"},
		{"not found", http.NotFound, FetchOptions{}, "404"},
		{"too long", answer(strings.Repeat("x", 2000)), FetchOptions{Limit: 1000}, "more than 1000 bytes"},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			fmt.Fprint(w, shopCSV)
		}, FetchOptions{}, fmt.Sprintf("broke off after %d of 5000 bytes", len(shopCSV))},
		{"slow", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "CUST_ID,")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, FetchOptions{Timeout: 50 * time.Millisecond}, "no whole answer within 50ms"},
		{"a full disk", answer(shopCSV), FetchOptions{write: func(path string, _ []byte) error {
			return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}}, "cannot be saved"},
	} {
		file, err := fetchFrom(t, c.h, c.options)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.about, err, c.says)
		}
		if file != "an earlier file" {
			t.Errorf("%s: the earlier file is now %q", c.about, file)
		}
	}
}

func TestFetchTriesEachSource(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/good" {
			fmt.Fprint(w, shopCSV)
			return
		}
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer server.Close()
	var tried []string
	o := &FetchOptions{
		Sources: []FetchSource{{"one", server.URL + "/bad"}, {"two", "http://127.0.0.1:1/"}, {"three", server.URL + "/good"}},
		OnTry:   func(name string) { tried = append(tried, name) },
		accept:  &shop,
	}
	path, err := Fetch(t.Context(), t.TempDir(), o)
	if err != nil || filepath.Base(path) != "cc_data.csv" || fmt.Sprint(tried) != "[one two three]" {
		t.Errorf("%s, tried %v, %v", path, tried, err)
	}
	o.Sources = o.Sources[:2]
	_, err = Fetch(t.Context(), t.TempDir(), o)
	if err == nil || !strings.Contains(err.Error(), "one: the server answered 403") || !strings.Contains(err.Error(), "two: ") {
		t.Errorf("every source fails: %v", err)
	}
}

func TestFetchStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() }))
	defer server.Close()
	tries := 0
	_, err := Fetch(ctx, t.TempDir(), &FetchOptions{
		Sources: []FetchSource{{"one", server.URL}, {"two", server.URL}}, OnTry: func(string) { tries++ }, accept: &shop,
	})
	if !errors.Is(err, context.Canceled) || tries != 1 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// The real file, where it is there, passes the check that its copies have to pass.
func TestFetchAcceptsTheRealFile(t *testing.T) {
	realData(t)
	b, err := os.ReadFile(os.Getenv("SEGKIT_DATA"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := fetchFrom(t, answer(string(b)), FetchOptions{accept: &creditCards})
	if err != nil || len(file) < 800_000 {
		t.Errorf("%d bytes, %v", len(file), err)
	}
}
