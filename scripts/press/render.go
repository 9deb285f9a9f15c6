package main

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	markdownhtml "github.com/yuin/goldmark/renderer/html"

	"example.com/marketing/scripts/style"
)

//go:embed index.html notebook.html data.html head.html
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(style.CSS) },
}).ParseFS(files, "*.html"))

// The notebooks are the project's own: HTML in their Markdown and their outputs is meant.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(markdownhtml.WithUnsafe()),
)

var highlighter = chromahtml.New(chromahtml.WithClasses(true), chromahtml.ClassPrefix("c-"))

// render returns the body of a notebook's page.
func render(nb *notebook) (template.HTML, error) {
	var b strings.Builder
	for i, c := range nb.Cells {
		if c.Type == "markdown" {
			text, err := prose(c.Source.text)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "<section class=\"text\">\n%s</section>\n", text)
			continue
		}
		code, err := highlight(c.Source.text)
		if err != nil {
			return "", fmt.Errorf("cell %d: %w", i+1, err)
		}
		fmt.Fprintf(&b, "<section class=\"cell\">\n<div class=\"code\" tabindex=\"0\" role=\"region\" aria-label=\"Code\">%s</div>\n", code)
		for _, o := range c.Outputs {
			b.WriteString(renderOutput(o))
		}
		b.WriteString("</section>\n")
	}
	return template.HTML(b.String()), nil
}

// pageLinks leads links between the project's files to the pages made of them.
var pageLinks = strings.NewReplacer(".ipynb)", ".html)", "](../README.md)", "](index.html)", "](../data/README.md)", "](data.html)", "](../notebooks/", "](")

func prose(text string) (template.HTML, error) {
	var b bytes.Buffer
	err := markdown.Convert([]byte(pageLinks.Replace(text)), &b)
	return template.HTML(wrapTables(b.String())), err
}

func highlight(source string) (string, error) {
	tokens, err := chroma.Coalesce(lexers.Get("go")).Tokenise(nil, source)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = highlighter.Format(&b, styles.Fallback, tokens)
	return b.String(), err
}

func renderOutput(o *output) string {
	if o.Type == "stream" {
		return fmt.Sprintf("<pre class=\"out %s\">%s</pre>\n", o.Name, html.EscapeString(strings.TrimRight(o.Text.text, "\n")))
	}
	if png, ok := o.Data["image/png"]; ok {
		return fmt.Sprintf("<figure class=\"out\"><img src=\"data:image/png;base64,%s\" alt=\"%s\"></figure>\n",
			strings.ReplaceAll(png.text, "\n", ""), html.EscapeString(o.Data["text/plain"].text))
	}
	if markup, ok := o.Data["text/html"]; ok {
		return fmt.Sprintf("<div class=\"out\">%s</div>\n", wrapTables(markup.text))
	}
	if text, ok := o.Data["text/markdown"]; ok {
		var b bytes.Buffer
		if err := markdown.Convert([]byte(text.text), &b); err == nil {
			return fmt.Sprintf("<div class=\"out text\">%s</div>\n", wrapTables(b.String()))
		}
	}
	return fmt.Sprintf("<pre class=\"out\">%s</pre>\n", html.EscapeString(o.Data["text/plain"].text))
}

// wrapTables lets a table that is wider than the screen scroll by itself instead of the page. An iframe's document is an
// attribute, whose tables are escaped and so left alone.
func wrapTables(markup string) string {
	return strings.NewReplacer("<table", `<div class="wide" tabindex="0" role="region" aria-label="Table"><table`, "</table>", "</table></div>").Replace(markup)
}
