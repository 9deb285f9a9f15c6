package mlflow

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Config says where runs go. What is empty is taken, as MLflow's own tools do, from the environment variables
// MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD and MLFLOW_EXPERIMENT_NAME.
//
// No format prints the token or the password, and no JSON has them, nor the address, which may have a password.
type Config struct {
	TrackingURI string `json:"-"` // of a server, such as http://127.0.0.1:5000; a user and a password in it are used
	Token       string `json:"-"`
	User        string
	Password    string `json:"-"`
	Experiment  string // default "Default"; one that is not there is made

	// AllowPlainHTTP sends unencrypted over the network, where TrackingURI begins with http:// and is not this machine.
	AllowPlainHTTP bool

	// Register names models whose files the runs hold: each such run's becomes a version in the model registry.
	Register []string
}

// Format prints the configuration without secrets.
func (c Config) Format(f fmt.State, _ rune) {
	type plain Config // without this method
	for _, secret := range []*string{&c.TrackingURI, &c.Token, &c.Password} {
		if *secret != "" {
			*secret = "…"
		}
	}
	fmt.Fprintf(f, "%+v", plain(c))
}

// resolve fills in what is empty.
func (c *Config) resolve() error {
	for _, s := range []struct {
		value *string
		env   string
	}{
		{&c.TrackingURI, "MLFLOW_TRACKING_URI"}, {&c.Token, "MLFLOW_TRACKING_TOKEN"}, {&c.User, "MLFLOW_TRACKING_USERNAME"},
		{&c.Password, "MLFLOW_TRACKING_PASSWORD"}, {&c.Experiment, "MLFLOW_EXPERIMENT_NAME"},
	} {
		*s.value = cmp.Or(strings.TrimSpace(*s.value), strings.TrimSpace(os.Getenv(s.env)))
	}
	c.Experiment = cmp.Or(c.Experiment, "Default")
	if c.TrackingURI == "" {
		return errors.New("there is no server; set MLFLOW_TRACKING_URI to its address, such as http://127.0.0.1:5000")
	}
	for _, secret := range []string{c.Token, c.User, c.Password} {
		if strings.ContainsAny(secret, "\r\n\x00") {
			return errors.New("the token, the user or the password has a line break")
		}
	}
	return nil
}
