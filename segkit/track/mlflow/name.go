package mlflow

import (
	"fmt"
	"hash/crc32"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What MLflow allows of names and values, in characters.
const (
	maxName  = 250
	maxParam = 6000
	maxTag   = 8000
)

// allowed is a name that MLflow takes: the name itself, or where it does not, one with a number that tells it apart.
func allowed(name string) string {
	ok := func(c rune) bool {
		return unicode.IsLetter(c) && c < 128 || unicode.IsDigit(c) && c < 128 || strings.ContainsRune("_-. /", c)
	}
	clean := strings.Map(func(c rune) rune {
		if ok(c) {
			return c
		}
		return '_'
	}, name)
	if path.Clean(clean) != clean || strings.HasPrefix(clean, "/") || strings.HasPrefix(clean, ".") {
		clean = strings.NewReplacer("/", "_", ".", "_").Replace(clean)
	}
	if clean == name && len(name) <= maxName {
		return name
	}
	return fmt.Sprintf("%.*s-%08x", maxName-9, clean, crc32.ChecksumIEEE([]byte(name)))
}

// otherName keeps an other of the user's apart from the tags that are written here, and from those that mean something to MLflow;
// the note is meant to be written.
func otherName(name string) string {
	for _, prefix := range []string{"tag.", "name.", "made.", "used.", "dataset.", "segkit.", "mlflow.", "other."} {
		if strings.HasPrefix(name, prefix) && name != "mlflow.note.content" {
			return "other." + name
		}
	}
	return name
}

// allowedPath is a path among a run's artifacts that means the same to every server: some decode "%", and refuse "#".
func allowedPath(name string) string {
	clean := strings.Map(func(c rune) rune {
		if strings.ContainsRune("%#?:", c) || c < ' ' {
			return '_'
		}
		return c
	}, name)
	if clean == name {
		return name
	}
	ext := path.Ext(clean)
	return fmt.Sprintf("%s-%08x%s", strings.TrimSuffix(clean, ext), crc32.ChecksumIEEE([]byte(name)), ext)
}

// cut shortens a text to a number of characters.
func cut(text string, most int) (short string, was bool) {
	if utf8.RuneCountInString(text) <= most {
		return text, false
	}
	n := 0
	for i := range text {
		if n == most-1 {
			return text[:i] + "…", true
		}
		n++
	}
	return text, false
}
