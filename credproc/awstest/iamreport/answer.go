package iamreport

import (
	"fmt"
	"time"
)

// An Element is one of XML: text or children.
type Element struct {
	Name, Text string
	Kids       []Element
}

// An Account is what the reports are about.
type Account struct {
	Users   func() []User
	HasRole func(arn string) bool
}

func leaf(name, text string) Element { return Element{Name: name, Text: text} }

func at(name string, t time.Time) Element { return leaf(name, t.UTC().Format(time.RFC3339)) }

// Answer answers a call that the caller may make: with elements, and with a list of which the answer has one page. list
// is nil where there is none.
func (r *Reports) Answer(action string, now time.Time, param func(string) string, of Account) (out []Element,
	list *Element, e *Refusal) {
	switch action {
	case "GenerateCredentialReport":
		state, why := r.generate(now, of.Users)
		if out = []Element{leaf("State", state)}; why != "" {
			out = append(out, leaf("Description", why))
		}
		return out, nil, nil
	case "GetCredentialReport":
		content, made, e := r.get(now)
		return []Element{leaf("Content", content), leaf("ReportFormat", "text/csv"), at("GeneratedTime", made)}, nil, e
	case "GenerateServiceLastAccessedDetails":
		arn := param("Arn")
		if n := len(arn); n < 20 || n > 2048 {
			return nil, nil, invalid("arn", arn, "have length between 20 and 2048")
		}
		if !of.HasRole(arn) {
			return nil, nil, &Refusal{404, "NoSuchEntity", "ARN " + arn + " not found."}
		}
		return []Element{leaf("JobId", r.begin(now, arn))}, nil, nil
	}
	id := param("JobId")
	if len(id) != 36 {
		return nil, nil, invalid("jobId", id, "have length 36")
	}
	services, made, done, ok := r.look(id)
	list = &Element{Name: "ServicesLastAccessed"}
	switch {
	case !ok:
		return nil, nil, &Refusal{404, "NoSuchEntity", "Job " + id + " not found."}
	case r.Failed != "":
		return []Element{leaf("JobStatus", "FAILED"), at("JobCreationDate", made), at("JobCompletionDate", now),
			{Name: "Error", Kids: []Element{leaf("Code", r.Failed), leaf("Message", "It failed.")}}}, list, nil
	case !done:
		return []Element{leaf("JobStatus", "IN_PROGRESS"), leaf("JobType", "SERVICE_LEVEL"), at("JobCreationDate", made)}, list, nil
	}
	for _, s := range services {
		entities := "0"
		used := []Element{}
		if !s.Used.IsZero() {
			entities, used = "1", []Element{at("LastAuthenticated", s.Used), leaf("LastAuthenticatedRegion", s.Region)}
		}
		list.Kids = append(list.Kids, Element{Name: "member", Kids: append([]Element{leaf("ServiceName", s.Name),
			leaf("ServiceNamespace", s.Namespace), leaf("TotalAuthenticatedEntities", entities)}, used...)})
	}
	return []Element{leaf("JobStatus", "COMPLETED"), leaf("JobType", "SERVICE_LEVEL"), at("JobCreationDate", made),
		at("JobCompletionDate", made)}, list, nil
}

func invalid(name, value, rule string) *Refusal {
	return &Refusal{400, "ValidationError", fmt.Sprintf(
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, name, rule)}
}
