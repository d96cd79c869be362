package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hatstand/credproc/awstest/iamreport"
)

// reportCommands are what a story can do to what IAM reports.
func reportCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"password": setPassword,
		"reports":  setReports,
		"services": setServices,
	}
}

// password USER [used] gives a user, or root, a password for the console, which was used now or never.
func setPassword(ts *testscript.TestScript, _ bool, args []string) {
	now := of(ts).clock.now()
	p := iamreport.Password{Set: true, Changed: now}
	if len(args) > 1 {
		p.Used = now
	}
	of(ts).aws.Reports(home, func(r *iamreport.Reports) { r.SetPassword(args[0], p) })
}

// reports polls=N|cut|base64|column|right: how long IAM takes, and what is wrong with its report.
func setReports(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).aws.Reports(home, func(r *iamreport.Reports) {
		for _, a := range args {
			key, value, _ := strings.Cut(a, "=")
			switch key {
			case "polls":
				n, err := strconv.Atoi(value)
				ts.Check(err)
				r.Polls = n
			case "cut":
				r.Spoil = func(csv string) string { return csv[:len(csv)-30] }
			case "column":
				r.Spoil = func(csv string) string {
					return strings.Replace(strings.ReplaceAll(csv, "\n", ",x\n"), ",x\n", ",new_column\n", 1) + ",x"
				}
			case "base64":
				r.Encoded = func(s string) string { return "%" + s }
			case "right":
				r.Spoil, r.Encoded = nil, nil
			default:
				ts.Fatalf("reports: unknown %q", a)
			}
		}
	})
}

// services ACCOUNT ROLE NAMESPACE[=DAYS]...: what a role may use, and for how many days it did not; never without.
func setServices(ts *testscript.TestScript, _ bool, args []string) {
	now := of(ts).clock.now()
	var all []iamreport.Service
	for _, a := range args[2:] {
		namespace, days, used := strings.Cut(a, "=")
		s := iamreport.Service{Name: "The service " + namespace, Namespace: namespace}
		if used {
			n, err := strconv.Atoi(days)
			ts.Check(err)
			s.Used, s.Region = now.Add(-time.Duration(n)*24*time.Hour), "eu-west-1"
		}
		all = append(all, s)
	}
	of(ts).aws.Reports(args[0], func(r *iamreport.Reports) {
		r.SetServices("arn:aws:iam::"+args[0]+":role/"+args[1], all)
	})
}
