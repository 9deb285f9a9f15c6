package comet

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Config says where runs go. What is empty is taken, as Comet's own tools do, from the environment variables COMET_API_KEY,
// COMET_WORKSPACE, COMET_PROJECT_NAME and COMET_URL_OVERRIDE, else from the section [comet] of ./.comet.config, else from that
// of ~/.comet.config. A file in the folder in which the program runs can so name another server for the key of the environment.
//
// No format prints the key, and no JSON has it.
type Config struct {
	APIKey    string `json:"-"`
	Workspace string // default: the account's, which New asks the server for
	Project   string // default "general"; one that is not there is made
	URL       string // default https://www.comet.com

	// AllowPlainHTTP sends the key unencrypted over the network, where URL begins with http:// and is not this machine.
	AllowPlainHTTP bool

	// Register names models whose files the runs hold: each such run's becomes a version in the workspace's model registry.
	Register []string

	// PerHour is how many requests are sent in an hour; default 15,000, which is what Comet documents for one key.
	PerHour int
}

// Format prints the configuration without the key.
func (c Config) Format(f fmt.State, _ rune) {
	type plain Config // without this method
	if c.APIKey != "" {
		c.APIKey = "…"
	}
	fmt.Fprintf(f, "%+v", plain(c))
}

// setting is a value that can stand in four places.
type setting struct {
	value *string
	env   string
	key   string // in the file
}

// resolve fills in what is empty.
func (c *Config) resolve() error {
	settings := []setting{
		{&c.APIKey, "COMET_API_KEY", "api_key"},
		{&c.Workspace, "COMET_WORKSPACE", "workspace"},
		{&c.Project, "COMET_PROJECT_NAME", "project_name"},
		{&c.URL, "COMET_URL_OVERRIDE", "url_override"},
	}
	paths := []string{".comet.config"}
	if home, err := os.UserHomeDir(); err == nil {
		paths = append(paths, filepath.Join(home, ".comet.config"))
	}
	for _, s := range settings {
		*s.value = cmp.Or(strings.TrimSpace(*s.value), strings.TrimSpace(os.Getenv(s.env)))
	}
	for _, path := range paths {
		values, err := readConfig(path)
		if err != nil {
			return err
		}
		for _, s := range settings {
			*s.value = cmp.Or(*s.value, values[s.key])
		}
	}
	c.Project = cmp.Or(c.Project, "general")
	c.URL = cmp.Or(c.URL, "https://www.comet.com")
	if c.APIKey == "" {
		return errors.New("there is no API key; set COMET_API_KEY, or api_key in the section [comet] of .comet.config")
	}
	if strings.ContainsAny(c.APIKey, "\r\n\x00") {
		return errors.New("the API key is none: it has a line break")
	}
	c.URL = strings.TrimRight(c.URL, "/")
	c.URL = strings.TrimRight(strings.TrimSuffix(c.URL, "/clientlib"), "/") // as on-premises addresses are given
	return nil
}

// readConfig returns the section [comet] of an INI file; nothing where there is no file. Errors name the line and not what is in
// it, which may be the key.
func readConfig(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	values := map[string]string{}
	section := ""
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[' && line[len(line)-1] == ']':
			section = strings.ToLower(strings.TrimSpace(line[1 : len(line)-1]))
		default:
			at := strings.IndexAny(line, "=:")
			if at < 0 {
				return nil, fmt.Errorf("%s, line %d: neither a section nor key = value", path, n)
			}
			if section == "comet" {
				values[strings.ToLower(strings.TrimSpace(line[:at]))] = strings.TrimSpace(line[at+1:])
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}
