package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPages are hatstand's own page, and one of each verb, with all verbs that it holds.
func manPages(root *cobra.Command) []manPage {
	all := []manPage{{name: root.Name()}}
	for _, v := range root.Commands() {
		if v.Hidden {
			continue
		}
		p := manPage{name: pageOf(v), verbs: []*cobra.Command{v}}
		if v.HasSubCommands() {
			p.verbs = leaves(v)
		}
		p.body = roffVerb(v, p)
		all = append(all, p)
	}
	all[0].body = roffRoot(root, all[1:])
	return all
}

func pageOf(v *cobra.Command) string { return "hatstand-" + v.Name() }

// roff writes a page in the man(7) macros.
func (p manPage) roff(date string) string {
	return `.\" Made from the help and cmd/internal/reference by: go test ./cmd/hatstand -run Man -update` + "\n" +
		fmt.Sprintf(".TH %s 1 %s hatstand \"User Commands\"\n", escape(strings.ToUpper(p.name)), date) + p.body
}

// roffRoot is hatstand's own page: what there is, and what holds for every verb.
func roffRoot(root *cobra.Command, pages []manPage) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".SH NAME\nhatstand \\- %s", escape(lowerFirst(root.Short)))
	line(".SH SYNOPSIS\n\\fBhatstand\\fR \\fICOMMAND\\fR [ARGUMENTS] [flags]")
	line(".SH DESCRIPTION")
	b.WriteString(prose(root.Long))
	line(".SH COMMANDS\nEach has a page of its own.")
	for _, g := range root.Groups() {
		line(`.SS "%s"`, escape(strings.TrimSuffix(g.Title, ":")))
		for _, v := range root.Commands() {
			if v.GroupID != g.ID || v.Hidden {
				continue
			}
			line(".TP\n%s\n%s.", manReference(pageOf(v)), escape(v.Short))
			for _, sub := range leaves(v) {
				line(".RS\n.TP\n\\fB%s\\fR\n%s.\n.RE", escape(v.Name()+" "+sub.Name()), escape(sub.Short))
			}
		}
	}
	line(`.SH "FLAGS OF EVERY COMMAND"`)
	b.WriteString(commonFlags(leaves(root)[0]))
	line(".SH EXAMPLES")
	b.WriteString(strings.TrimPrefix(verbatim(root.Example), ".PP\n"))
	b.WriteString(references())
	var names []string
	for _, p := range pages {
		names = append(names, p.name)
	}
	b.WriteString(seeAlso(names))
	return b.String()
}

// roffVerb is the page of a verb.
func roffVerb(v *cobra.Command, p manPage) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".SH NAME\n%s \\- %s", escape(p.name), escape(lowerFirst(v.Short)))
	line(".SH SYNOPSIS\n.nf")
	for _, each := range p.verbs {
		line(`\fBhatstand\fR %s`, escape(strings.TrimPrefix(each.UseLine(), "hatstand ")))
	}
	if v.Name() == "credential-process" {
		line(`\fBhatstand\-credential\-process\fR [PROFILE] [flags]`)
	}
	line(".fi")
	if !v.HasSubCommands() {
		line(".SH DESCRIPTION")
		b.WriteString(prose(cmp.Or(v.Long, v.Short+".")))
		line(".SH FLAGS")
		b.WriteString(ownFlags(v) + commonFlags(v))
		if v.Example != "" {
			line(".SH EXAMPLES")
			b.WriteString(strings.TrimPrefix(verbatim(v.Example), ".PP\n"))
		}
	} else {
		line(".SH DESCRIPTION\n%s.", escape(v.Short))
		line(".SH COMMANDS")
		for _, each := range p.verbs {
			line(`.SS "%s"`, escape(strings.TrimSuffix(each.UseLine(), " [flags]")))
			b.WriteString(prose(cmp.Or(each.Long, each.Short+".")))
			b.WriteString(ownFlags(each))
			if each.Example != "" {
				line(".PP\nExamples:")
				b.WriteString(verbatim(each.Example))
			}
		}
		line(`.SH "FLAGS OF EVERY COMMAND"`)
		b.WriteString(commonFlags(p.verbs[0]))
	}
	b.WriteString(exitStatus(v.Name() == "exec"))
	line(`.SH ENVIRONMENT` + "\n" + `\fBhatstand\fR(1) lists the variables and the files that count.`)
	names := []string{"hatstand"}
	for _, other := range v.Parent().Commands() {
		if other != v && other.GroupID == v.GroupID && !other.Hidden {
			names = append(names, pageOf(other))
		}
	}
	b.WriteString(seeAlso(names))
	return b.String()
}

func seeAlso(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, manReference(n))
	}
	return ".SH \"SEE ALSO\"\n" + strings.Join(all, ",\n") + "\n"
}

func manReference(page string) string { return `\fB` + escape(page) + `\fR(1)` }

// ownFlags are those that not every verb has.
func ownFlags(v *cobra.Command) string {
	var b strings.Builder
	v.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != "verbose" && !f.Hidden {
			b.WriteString(roffFlag(f))
		}
	})
	return b.String()
}

func commonFlags(v *cobra.Command) string {
	return roffFlag(&pflag.Flag{Name: "help", Shorthand: "h", Usage: "help for the command", Value: v.Flag("verbose").Value}) +
		roffFlag(v.Flag("verbose"))
}

func roffFlag(f *pflag.Flag) string {
	kind, usage := pflag.UnquoteUsage(f)
	name := `\fB` + escape("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		name = `\fB` + escape("-"+f.Shorthand) + `\fR, ` + name
	}
	if kind != "" {
		name += ` \fI` + escape(kind) + `\fR`
	}
	return ".TP\n" + name + "\n" + escape(usage) + "\n"
}

// prose sets paragraphs; indented lines stay as they are.
func prose(text string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			b.WriteString(verbatim(paragraph))
			continue
		}
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(escape(paragraph) + "\n")
	}
	return b.String()
}

func verbatim(text string) string {
	return ".PP\n.nf\n.RS 4\n" + escape(strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")) + "\n.RE\n.fi\n"
}

// escape keeps roff from reading text as its own: every hyphen is one that can be copied into a
// shell, every quote is straight, and no line begins with a control character.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "~", `\(ti`, "^", `\(ha`, "`", `\(ga`, "'", `\(aq`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return strings.ReplaceAll(text, "\n.", "\n\\&.")
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
