package main

import (
	"net"
	"net/http"
	"net/url"
)

// Pages load their own scripts, styles, pictures and frames, and nothing else; what they show was written by others.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A report is somebody else's page: its scripts run in an origin of their own, and reach neither these pages nor the network.
const reportPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; " +
	"font-src data:; media-src data: blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// Any other file is nothing that could run.
const filePolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

// guard lets requests pass that this machine's browser makes for these very pages. A page of another site could otherwise ask
// for them, through its own name that it lets lead to 127.0.0.1, too.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", filePolicy)
		switch {
		case !ownHost(r, r.Host):
			http.Error(w, "403: this server answers to 127.0.0.1 and localhost only", http.StatusForbidden)
		case r.Header.Get("Origin") != "" && !ownOrigin(r):
			http.Error(w, "403: another site asks for this", http.StatusForbidden)
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			http.Error(w, "403: another site asks for this; to open it, type the address, or open it in a new tab of its own", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "405: these pages are for reading", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ownHost tells whether a host is a name of this server: a loopback one, with the port that the connection came in by.
func ownHost(r *http.Request, host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return false
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	_, own, err := net.SplitHostPort(local.String())
	return err == nil && port == own && (name == "127.0.0.1" || name == "localhost" || name == "::1")
}

func ownOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Scheme == "http" && ownHost(r, u.Host)
}
