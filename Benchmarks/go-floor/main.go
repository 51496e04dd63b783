// Sends the requests of request-floor with Go's net/http, to measure what another language's HTTP client costs.
//
//	go-floor create|check|replace|remove SECONDS PLAN
//
// The users' starts are spread over this many seconds. PLAN is what `request-floor print` has printed: the bodies
// of the creations, and the limits on what is in flight. Everything else comes from the same variables as the puller's.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

type plan struct {
	Primary, Alternate json.RawMessage
	Requests, Rollouts int
	Connections        int
}

// daemonSet has the fields that a decision needs.
type daemonSet struct {
	Metadata struct {
		Name, UID, ResourceVersion string
		Generation                 int64
		CreationTimestamp          string
		DeletionTimestamp          *string
		Labels, Annotations        map[string]string
	}
	Status struct {
		ObservedGeneration                                                           int64
		DesiredNumberScheduled, UpdatedNumberScheduled, NumberReady, NumberAvailable int
	}
}

func (d *daemonSet) ready() bool {
	return d.Status.ObservedGeneration >= d.Metadata.Generation && d.Status.DesiredNumberScheduled > 0 &&
		d.Status.UpdatedNumberScheduled == d.Status.DesiredNumberScheduled &&
		d.Status.NumberReady == d.Status.DesiredNumberScheduled
}

type slot struct {
	name string
	body []byte
}

type fleet struct {
	client             *http.Client
	collection, token  string
	primary, alternate slot
	requests, rollouts chan struct{}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	return value
}

func within(gate chan struct{}, work func()) {
	gate <- struct{}{}
	defer func() { <-gate }()
	work()
}

// send sends a request and returns its answer, whose body the caller closes.
func (f *fleet) send(ctx context.Context, user, method, address string, body []byte) *http.Response {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request := must(http.NewRequestWithContext(ctx, method, address, reader))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+f.token)
	request.Header.Set("Impersonate-User", user)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return must(f.client.Do(request))
}

// ask sends a request within the limit, and decodes the answer; nil if there is no such object.
func (f *fleet) ask(user, method, address string, body []byte, status int) (seen *daemonSet) {
	within(f.requests, func() {
		answer := f.send(context.Background(), user, method, address, body)
		defer answer.Body.Close()
		data := must(io.ReadAll(answer.Body))
		if answer.StatusCode == http.StatusNotFound && method == "GET" {
			return
		}
		if answer.StatusCode != status {
			must(0, fmt.Errorf("%s: %d", method, answer.StatusCode))
		}
		seen = &daemonSet{}
		if method != "DELETE" {
			must(0, json.Unmarshal(data, seen))
		}
	})
	return seen
}

func (f *fleet) get(user string, s slot) *daemonSet {
	return f.ask(user, "GET", f.collection+"/"+s.name, nil, 200)
}

func (f *fleet) remove(user string, known *daemonSet) {
	body := `{"propagationPolicy":"Background"}`
	if known != nil {
		body = fmt.Sprintf(`{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{"uid":%q,"resourceVersion":%q}}`,
			known.Metadata.UID, known.Metadata.ResourceVersion)
	}
	f.ask(user, "DELETE", f.collection+"/"+f.primary.name, []byte(body), 200)
}

// watch follows the DaemonSet until all its nodes are ready, and then gives the watch up.
func (f *fleet) watch(user string, s slot, known *daemonSet) {
	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	answer := f.send(ctx, user, "GET", f.collection+"?watch=1&fieldSelector=metadata.name%3D"+s.name+
		"&resourceVersion="+known.Metadata.ResourceVersion+"&timeoutSeconds=25", nil)
	defer answer.Body.Close()
	for reader := bufio.NewReader(answer.Body); ; {
		line := must(reader.ReadBytes('\n'))
		var event struct {
			Type   string
			Object daemonSet
		}
		must(0, json.Unmarshal(line, &event))
		if event.Object.ready() {
			return
		}
	}
}

func (f *fleet) run(work, user string) {
	if work == "remove" {
		f.remove(user, nil)
		return
	}
	old := f.get(user, f.primary)
	if work == "check" {
		return
	}
	f.get(user, f.alternate)
	next := f.primary
	if work == "replace" {
		next = f.alternate
	}
	within(f.rollouts, func() { f.watch(user, next, f.ask(user, "POST", f.collection, next.body, 201)) })
	if work == "replace" {
		f.remove(user, old)
		f.get(user, f.alternate)
	}
}

func newSlot(body json.RawMessage) slot {
	var object daemonSet
	must(0, json.Unmarshal(body, &object))
	return slot{object.Metadata.Name, body}
}

func newClient(connections int) *http.Client {
	transport := &http.Transport{
		MaxConnsPerHost: connections, MaxIdleConns: connections, MaxIdleConnsPerHost: connections,
		ForceAttemptHTTP2: true,
	}
	if bundle := os.Getenv("CA_BUNDLE_FILE"); bundle != "" {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(must(os.ReadFile(bundle))) {
			must(0, fmt.Errorf("%s has no certificate", bundle))
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return &http.Client{Transport: transport}
}

func main() {
	if len(os.Args) != 4 || !strings.Contains(" create check replace remove ", " "+os.Args[1]+" ") {
		fmt.Println("usage: go-floor create|check|replace|remove SECONDS PLAN")
		os.Exit(64)
	}
	seconds := must(strconv.ParseFloat(os.Args[2], 64))
	var plan plan
	must(0, json.Unmarshal(must(os.ReadFile(os.Args[3])), &plan))
	users := strings.Split(os.Getenv("IMPERSONATE_USERS"), ",")
	namespace := os.Getenv("NAMESPACE")
	if namespace == "" {
		namespace = "k8s-image-puller"
	}
	f := fleet{
		client:     newClient(plan.Connections),
		collection: os.Getenv("OPENSHIFT_PROXY_URL") + "/apis/apps/v1/namespaces/" + namespace + "/daemonsets",
		primary:    newSlot(plan.Primary), alternate: newSlot(plan.Alternate),
		requests: make(chan struct{}, plan.Requests), rollouts: make(chan struct{}, plan.Rollouts),
	}
	answer := must(f.client.PostForm(os.Getenv("OIDC_PROVIDER")+"/token", url.Values{
		"grant_type": {"client_credentials"},
		"client_id":  {os.Getenv("SERVICE_ACCOUNT_ID")}, "client_secret": {os.Getenv("SERVICE_ACCOUNT_SECRET")},
	}))
	var token struct {
		Token string `json:"access_token"`
	}
	must(0, json.Unmarshal(must(io.ReadAll(answer.Body)), &token))
	answer.Body.Close()
	f.token = token.Token
	fmt.Println("floor: ready")
	var all sync.WaitGroup
	began := time.Now()
	for index, user := range users {
		due := time.Duration(seconds * float64(time.Second) * float64(index) / float64(len(users)))
		if wait := due - time.Since(began); wait > 0 {
			// The puller's timers do not ring more often, either.
			if wait < 10*time.Millisecond {
				wait = 10 * time.Millisecond
			}
			time.Sleep(wait)
		}
		all.Add(1)
		go func(user string) {
			defer all.Done()
			f.run(os.Args[1], user)
		}(user)
	}
	all.Wait()
	fmt.Println("floor: done")
	time.Sleep(time.Minute)
}
