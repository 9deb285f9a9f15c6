// Package style is how the project's pages look, those of the notebooks and those of the runs.
package style

import _ "embed"

// CSS is a style sheet for a whole page. Its colours, which follow light and dark, are variables.
//
//go:embed style.css
var CSS string
