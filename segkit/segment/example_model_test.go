package segment_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// regulars are seven customers: how often they come, and what they spend.
var regulars = &dataset.Table{Names: []string{"VISITS", "SPENT"}, X: mat.NewDense(7, 2, []float64{
	1, 20,
	2, 10,
	1, 30,
	2, nan,
	20, 500,
	22, 400,
	21, 600,
})}

func ExampleFit() {
	m, err := segment.Fit(context.Background(), regulars, segment.Recipe{K: 2})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Rename("passers-by", "regulars"); err != nil {
		log.Fatal(err)
	}
	a, err := m.Assign([]float64{19, 450})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %.2f away, %.2f nearer than to the %s\n", m.Names[a.Segment], a.Distance, a.Margin, m.Names[a.Next])
	// Output: regulars, 0.30 away, 2.16 nearer than to the passers-by
}

func ExampleModel_ScoreCSV() {
	m, err := segment.Fit(context.Background(), regulars, segment.Recipe{K: 2})
	if err != nil {
		log.Fatal(err)
	}
	file := "CUST_ID,SPENT,VISITS\nA1,25,1\nA2,,20\nA3,9000,90\n"
	scored, err := m.ScoreCSV(context.Background(), os.Stdout, strings.NewReader(file), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scored.Rows, "customers,", scored.Unlike, "unlike anyone")
	// Output:
	// CUST_ID,segment,name,distance,margin,next,unlike_anyone,missing_values
	// A1,0,segment 0,0.197806,2.73015,1,false,0
	// A2,1,segment 1,1.24807,0.768312,0,true,1
	// A3,1,segment 1,37.775,2.26188,0,true,0
	// 3 customers, 2 unlike anyone
}
