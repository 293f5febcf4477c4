// producer NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent or over.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const wait = 60 * time.Second

type job struct {
	Version     int               `json:"version"`
	RequestID   string            `json:"request_id"`
	To          string            `json:"to"`
	Purpose     string            `json:"purpose"`
	Variables   map[string]string `json:"variables"`
	RequestedAt time.Time         `json:"requested_at"`
	Tenant      string            `json:"tenant"`
}

type event struct {
	Event     string `json:"event"`
	RequestID string `json:"request_id"`
	Provider  string `json:"provider"`
	Reason    string `json:"reason"`
}

func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// listen gives the events of all deliveries from now on.
func listen(channel *amqp.Channel) (<-chan amqp.Delivery, error) {
	queue, err := channel.QueueDeclare("", false, false, true, false, nil)
	if err != nil {
		return nil, err
	}
	if err = channel.QueueBind(queue.Name, "delivery.#", "otp.events", false, nil); err != nil {
		return nil, err
	}
	return channel.Consume(queue.Name, "", true, true, false, false, nil)
}

// publish returns nil once the broker has the job and a queue took it.
func publish(channel *amqp.Channel, what job) error {
	if err := channel.Confirm(false); err != nil {
		return err
	}
	returned := channel.NotifyReturn(make(chan amqp.Return, 1))
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	const mandatory = true
	confirm, err := channel.PublishWithDeferredConfirmWithContext(ctx, "otp", "send", mandatory, false, amqp.Publishing{
		ContentType:  "application/json",
		Type:         "send-otp",
		MessageId:    what.RequestID,
		DeliveryMode: amqp.Persistent,
		Body:         body,
	})
	if err != nil {
		return err
	}
	if !confirm.Wait() {
		return errors.New("the broker refused it")
	}
	select {
	case back := <-returned: // it comes before the confirm
		return errors.New(back.ReplyText)
	default:
		return nil
	}
}

// follow prints what is told of the request; the status it ended with, or nothing.
func follow(events <-chan amqp.Delivery, requestID string) string {
	told := map[string]bool{}
	late := time.After(wait)
	for {
		select {
		case <-late:
			fmt.Fprintf(os.Stderr, "nothing was told of it in %v s: see otpctl dead list\n", wait.Seconds())
			return ""
		case message, open := <-events:
			if !open {
				return ""
			}
			var what event
			if json.Unmarshal(message.Body, &what) != nil || what.RequestID != requestID || told[what.Event] {
				continue // another's, or told before
			}
			told[what.Event] = true
			fmt.Println(what.Event, orDash(what.Provider), orDash(what.Reason))
			switch status := strings.TrimPrefix(what.Event, "delivery."); status {
			case "sent", "delivered", "undelivered", "failed", "expired", "rejected", "canceled":
				return status
			}
		}
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: producer NUMBER [REQUEST_ID]")
		os.Exit(64)
	}
	tenant := os.Getenv("OTP_TENANT")
	if tenant == "" {
		tenant = "default"
	}
	what := job{1, newUUID(), os.Args[1], "login", map[string]string{"app": "Acme"}, time.Now().UTC(), tenant}
	if len(os.Args) == 3 {
		what.RequestID = os.Args[2]
	}
	broker, err := amqp.Dial(os.Getenv("AMQP_URL"))
	check(err)
	defer broker.Close()
	channel, err := broker.Channel()
	check(err)
	events, err := listen(channel) // before the job is published: what is told of it cannot be missed
	check(err)
	check(publish(channel, what))
	fmt.Println(what.RequestID)
	if status := follow(events, what.RequestID); status != "sent" && status != "delivered" {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "not taken:", err)
		os.Exit(2)
	}
}
