package columns

import "fmt"

// unique returns names for the columns of a header, none empty and no two equal, and a note for each that it had to make up.
// Names that are given and occur once stay as they are, whatever is made up beside them.
func unique(header []string) (names, notes []string) {
	taken, seen := map[string]bool{}, map[string]bool{}
	for _, name := range header {
		taken[name] = true
	}
	next := map[string]int{} // the number to try next, so that thousands of equal names do not take millions of attempts
	free := func(name string) string {
		made := name
		for i := max(next[name], 2); taken[made]; i++ {
			made = fmt.Sprintf("%s (%d)", name, i)
			next[name] = i + 1
		}
		taken[made] = true
		return made
	}
	for i, name := range header {
		switch {
		case name == "":
			name = free(fmt.Sprintf("column %d", i+1))
			notes = append(notes, fmt.Sprintf("Column %d has no name; it is called %q here.", i+1, name))
		case seen[name]:
			repeated := name
			name = free(name)
			notes = append(notes, fmt.Sprintf("Column %d has the name %q like another one; it is called %q here.", i+1, repeated, name))
		}
		seen[name] = true
		names = append(names, name)
	}
	return names, notes
}

// headless returns a note where the names look like a first row of data.
func headless(header []string) (note string, ok bool) {
	numbers := 0
	for _, name := range header {
		if _, _, ok := number(name); ok {
			numbers++
		}
	}
	if numbers == 0 || 2*numbers < len(header) {
		return "", false
	}
	return fmt.Sprintf("The first line was taken for the names, though %d of its %d fields are numbers: does the file lack a header?", numbers, len(header)), true
}
