// Command peers is one side of scripts/bench: k-means packages in Go, with the defaults that their documentation uses. It does
// a job each time that a line comes in; see worker.go for what is said.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"log"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cdipaolo/goml/cluster"
	"github.com/muesli/clusters"
	"github.com/muesli/kmeans"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("peers: ")
	var job struct {
		Job  string
		X    string
		N, D int
		K    int
	}
	if err := json.Unmarshal([]byte(os.Args[1]), &job); err != nil {
		log.Fatal(err)
	}
	f, err := os.Open(job.X)
	if err != nil {
		log.Fatal(err)
	}
	data := make([]float64, job.N*job.D)
	if err := binary.Read(f, binary.LittleEndian, data); err != nil {
		log.Fatal(err)
	}
	rows := slices.Collect(slices.Chunk(data, job.D))
	work := map[string]func() ([]float64, error){
		"muesli": func() ([]float64, error) {
			var observations clusters.Observations
			for _, row := range rows {
				observations = append(observations, clusters.Coordinates(row))
			}
			found, err := kmeans.New().Partition(observations, job.K)
			var centers []float64
			for _, c := range found {
				centers = append(centers, c.Center...)
			}
			return centers, err
		},
		"goml": func() ([]float64, error) {
			// Its first centres are rows of the table, and it writes into them: a copy, for the next round.
			var mine [][]float64
			for _, row := range rows {
				mine = append(mine, slices.Clone(row))
			}
			model := cluster.NewKMeans(job.K, 100, mine)
			model.Output = io.Discard
			err := model.Learn()
			return slices.Concat(model.Centroids...), err
		},
	}[job.Job]
	info, _ := debug.ReadBuildInfo()
	versions := map[string]string{}
	for _, m := range info.Deps {
		versions[m.Path] = m.Version
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"versions": versions})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		begin := time.Now()
		values, err := work()
		if err != nil {
			log.Fatal(err)
		}
		out.Encode(map[string]any{"seconds": time.Since(begin).Seconds(), "values": values})
	}
}
