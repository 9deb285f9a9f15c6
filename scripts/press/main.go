// Press executes the project's notebooks through Jupyter and renders them as web pages.
//
//	press run [--keep] [--check] [--fetch] [notebook ...]
//
// It works in the project's folder, and is started by scripts/run and scripts/test, which set up what it needs.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/track"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "\n%v\n", err)
		os.Exit(1)
	}
}

type options struct{ keep, check, fetch bool }

func command(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "run" {
		return errors.New("usage: press run [--keep] [--check] [--fetch] [notebook ...]")
	}
	var o options
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.BoolVar(&o.keep, "keep", false, "write the outputs back into notebooks/")
	flags.BoolVar(&o.check, "check", false, "fail where outputs on the real data differ from those in notebooks/")
	flags.BoolVar(&o.fetch, "fetch", false, "first download the real data set to data/")
	// Options may stand before and after the notebooks.
	var names []string
	for args = args[1:]; len(args) > 0; {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil
		} else if err != nil {
			return err
		}
		args = flags.Args()
		if len(args) > 0 {
			names, args = append(names, args[0]), args[1:]
		}
	}
	paths, err := find("notebooks", names)
	if err != nil {
		return err
	}
	if o.fetch {
		if err := fetch(ctx); err != nil {
			return err
		}
	}
	return run(ctx, paths, o)
}

func fetch(ctx context.Context) error {
	fmt.Println("Fetching the data set ...")
	path, err := dataset.Fetch(ctx, "data", nil)
	if err != nil {
		return err
	}
	fmt.Printf("Fetched and checked: %s\n", path)
	return nil
}

func run(ctx context.Context, paths []string, o options) error {
	data, err := segkit.Load(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("Data: %s\n", about(data))
	if o.keep && data.Source.Synthetic {
		return errors.New("--keep needs the real data: the notebooks in git show its figures")
	}

	begin := time.Now()
	var executed []*notebook
	for _, path := range paths {
		fmt.Printf("%-44s", strings.TrimSuffix(filepath.Base(path), ".ipynb"))
		start := time.Now()
		nb, err := execute(ctx, path)
		if err != nil {
			fmt.Println("failed")
			return err
		}
		fmt.Printf("%6.1f s\n", time.Since(start).Seconds())
		if err := settle(nb, o, data.Source); err != nil {
			return err
		}
		executed = append(executed, nb)
	}
	fmt.Printf("%-44s%6.1f s\n", "all", time.Since(begin).Seconds())

	if err := exportRuns(ctx, "site"); err != nil {
		return err
	}
	index, err := publish("site", executed, data)
	if err != nil {
		return err
	}
	// After a single notebook the pages of the others may still be missing.
	if all, err := find("notebooks", nil); err != nil || len(paths) == len(all) {
		if err := errors.Join(err, checkLinks("site")); err != nil {
			return err
		}
	}
	if o.check {
		// The site of a check lies in a copy that is about to go: nothing to open.
		if err := checkPages(ctx, "site"); !errors.Is(err, errNoBrowser) {
			return err
		}
		fmt.Println("The pages were not opened in a browser:", errNoBrowser)
		return nil
	}
	return report(data, index)
}

// about says which data the notebooks work on.
func about(data *segkit.Prepared) string {
	n, d := data.Raw.Dims()
	return fmt.Sprintf("%s: %d customers, %d features", data.Source, n, d)
}

// settle compares an executed notebook with the one in git, or writes it there, as the options say.
func settle(nb *notebook, o options, source dataset.Source) error {
	if o.check && !source.Synthetic {
		kept, err := readNotebook(nb.source)
		if err != nil {
			return err
		}
		d, err := difference(kept, nb)
		if err != nil {
			return err
		}
		if d != "" {
			return fmt.Errorf("%s is stale; scripts/run --keep on the real data brings it up to date\n%s", nb.source, indent(d))
		}
	}
	if !o.keep {
		return nil
	}
	b, err := nb.bytes()
	if err != nil {
		return err
	}
	now, err := os.ReadFile(nb.source)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, nb.before) {
		return fmt.Errorf("%s was changed while it was executed; it is left as it is", nb.source)
	}
	if err := atomicfile.WriteBytes(nb.source, b); err != nil {
		return err
	}
	// The README shows the first notebook's figure.
	if encoded := nb.picture(); encoded != "" && strings.HasPrefix(filepath.Base(nb.source), "00-") {
		png, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return err
		}
		return atomicfile.WriteBytes(filepath.Join("notebooks", "three-groups.png"), png)
	}
	return nil
}

// report says which method came out best, as far as the notebooks that find clusters have run, and which page to open.
func report(data *segkit.Prepared, index string) error {
	store, err := track.Open("runs")
	if err != nil {
		return err
	}
	results, err := segkit.Results(store, data.Customers.Fingerprint())
	if err != nil {
		return err
	}
	if len(results) > 0 {
		best := segkit.Best(results)
		fmt.Printf("Best by silhouette, each in its own space: %s with %d clusters, %.2f (notebook 06 asks what that is worth)\n",
			best.Space, best.K, best.Silhouette)
	}
	absolute, err := filepath.Abs(index)
	if err != nil {
		return err
	}
	fmt.Printf("Open: %s\n", absolute)
	return nil
}
