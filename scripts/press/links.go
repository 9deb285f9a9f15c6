package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	iframe    = regexp.MustCompile(`srcdoc='[^']*'`)
)

// checkLinks returns an error that lists each link of the pages in dir that leads to a file or a heading which is not
// there, and each picture, style or script that a page would load from elsewhere.
func checkLinks(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		return err
	}
	pages := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pages[filepath.Base(path)] = string(b)
	}
	var broken []error
	for _, path := range paths {
		name := filepath.Base(path)
		// A report inside a page is a page of its own, checked as profile.html.
		for _, match := range reference.FindAllStringSubmatch(iframe.ReplaceAllString(pages[name], ""), -1) {
			if why := linkTrouble(dir, pages, name, match[0], match[1]); why != "" {
				broken = append(broken, fmt.Errorf("%s: %s", name, why))
			}
		}
	}
	return errors.Join(broken...)
}

func linkTrouble(dir string, pages map[string]string, from, attribute, target string) string {
	outside := strings.Contains(target, "://")
	switch {
	case strings.HasPrefix(target, "data:"), outside && strings.HasPrefix(attribute, "href"):
		return ""
	case outside:
		return "it would load " + target
	}
	file, heading, _ := strings.Cut(target, "#")
	if file == "" {
		file = from
	}
	if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
		return fmt.Sprintf("it links to %s, which is not there", target)
	}
	if heading != "" && !strings.Contains(pages[file], `id="`+heading+`"`) {
		return fmt.Sprintf("it links to %s, and %s has no such place", target, file)
	}
	return ""
}
