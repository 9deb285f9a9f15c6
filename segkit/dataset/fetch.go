package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"example.com/marketing/segkit/atomicfile"
)

// dataFile is the name of the tutorial's data set below the folder data.
const dataFile = "cc_data.csv"

// FetchSource is one place to get the data set from.
type FetchSource struct{ Name, URL string }

// Sources are the places that Fetch tries, in this order: the tutorial's own copy, the data set's home, and a mirror.
var Sources = []FetchSource{
	{"Google Drive", "https://drive.google.com/uc?export=download&id=1LIIW7rcLExMbsC5RFG87laIL_Nn_yy8Q"},
	{"Kaggle", "https://www.kaggle.com/api/v1/datasets/download/arjunbhasin2013/ccdata"},
	{"OpenML", "https://www.openml.org/api/v1/json/data/43618"},
}

// FetchOptions says where Fetch looks and how patient it is. The zero value and nil are the defaults.
type FetchOptions struct {
	Sources []FetchSource              // default: Sources
	Client  *http.Client               // default: http.DefaultClient
	Timeout time.Duration              // for each source as a whole; default one minute
	Limit   int64                      // bytes that an answer may have; default 8 MiB
	OnTry   func(source string)        // called before each attempt, with the source's name
	accept  *content                   // what the data set must be; tests replace it
	write   func(string, []byte) error // tests replace it by a disk that is full
}

// Fetch downloads the tutorial's data set to dir/cc_data.csv and returns that path. It tries one source after the other
// until an answer holds the data set: a CSV file, a zip archive with one in it, ARFF, or (from OpenML) a description that
// names the file. Copies differ in line ends, byte-order mark, extra columns and blanks in names; those are accepted and
// written in one normal form. An answer is judged by its content: 8,950 customers, the 18 columns, the 314 missing values
// and the sum of every column.
//
// The file appears as a whole or not at all: on any error one that was there before is untouched. When every source fails,
// the error says what was wrong with each.
func Fetch(ctx context.Context, dir string, o *FetchOptions) (path string, err error) {
	f := fetcher{client: http.DefaultClient, limit: 8 << 20, accept: &creditCards, write: atomicfile.WriteBytes}
	sources, timeout := Sources, time.Minute
	var onTry func(string)
	if o != nil {
		onTry = o.OnTry
		if o.Sources != nil {
			sources = o.Sources
		}
		if o.Client != nil {
			f.client = o.Client
		}
		if o.Timeout > 0 {
			timeout = o.Timeout
		}
		if o.Limit > 0 {
			f.limit = o.Limit
		}
		if o.accept != nil {
			f.accept = o.accept
		}
		if o.write != nil {
			f.write = o.write
		}
	}
	path = filepath.Join(dir, dataFile)
	var failures []error
	for _, source := range sources {
		if onTry != nil {
			onTry(source.Name)
		}
		file, err := f.get(ctx, source.URL, timeout)
		if err == nil {
			if err := f.write(path, file); err != nil {
				return "", fmt.Errorf("dataset: the data set was fetched from %s but cannot be saved: %w", source.Name, err)
			}
			return path, nil
		}
		failures = append(failures, fmt.Errorf("  %s: %w", source.Name, err))
		if ctx.Err() != nil {
			break
		}
	}
	return "", fmt.Errorf("dataset: the data set could not be fetched:\n%w", errors.Join(failures...))
}

type fetcher struct {
	client *http.Client
	limit  int64
	accept *content
	write  func(string, []byte) error
}

// get returns the data set as found at address, checked and in normal form.
func (f *fetcher) get(ctx context.Context, address string, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no whole answer within %v", timeout))
	defer cancel()
	body, err := f.download(ctx, address)
	if err != nil {
		return nil, err
	}
	if next, ok := described(body); ok {
		if body, err = f.download(ctx, next); err != nil {
			return nil, err
		}
	}
	return f.accept.normalise(body, f.limit)
}

func (f *fetcher) download(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, plainError(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, f.limit+1))
	if err != nil {
		if length := response.ContentLength; length >= 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("the answer broke off after %d of %d bytes", len(body), length)
		}
		return nil, plainError(ctx, err)
	}
	if int64(len(body)) > f.limit {
		return nil, fmt.Errorf("the answer has more than %d bytes", f.limit)
	}
	return body, nil
}

// plainError leaves the request's address out of err, and puts the time limit in where that was the reason.
func plainError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// described returns the address of the file that OpenML's description of a data set names.
func described(body []byte) (string, bool) {
	if !strings.HasPrefix(strings.TrimSpace(string(body[:min(64, len(body))])), "{") {
		return "", false
	}
	var description struct {
		Data struct {
			URL string `json:"url"`
		} `json:"data_set_description"`
	}
	if err := json.Unmarshal(body, &description); err != nil || description.Data.URL == "" {
		return "", false
	}
	return description.Data.URL, true
}
