import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Producer NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent or over. */
public class Producer {
    static final long WAIT_MS = 60_000;
    static final Set<String> ENDS = Set.of("sent", "delivered", "undelivered", "failed", "expired", "rejected", "canceled");

    static JsonObject jobFor(String number, String requestId) {
        var variables = new JsonObject();
        variables.addProperty("app", "Acme");
        var job = new JsonObject();
        job.addProperty("version", 1);
        job.addProperty("request_id", requestId);
        job.addProperty("to", number);
        job.addProperty("purpose", "login");
        job.add("variables", variables);
        job.addProperty("requested_at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        job.addProperty("tenant", System.getenv().getOrDefault("OTP_TENANT", "default"));
        return job;
    }

    /** What is told of all deliveries from now on. */
    static BlockingQueue<JsonObject> listen(Channel channel) throws IOException {
        var events = new LinkedBlockingQueue<JsonObject>();
        var queue = channel.queueDeclare().getQueue(); // exclusive, and gone with this program
        channel.queueBind(queue, "otp.events", "delivery.#");
        channel.basicConsume(queue, true, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                events.add(new Gson().fromJson(new String(body, StandardCharsets.UTF_8), JsonObject.class));
            }
        });
        return events;
    }

    /** Returns once the broker has it; throws where it refuses it or no queue takes it. */
    static void publish(Channel channel, JsonObject job) throws IOException, InterruptedException, TimeoutException {
        var returned = new LinkedBlockingQueue<String>();
        channel.addReturnListener((code, text, exchange, key, properties, body) -> returned.add(text));
        channel.confirmSelect();
        var properties = new AMQP.BasicProperties.Builder()
            .contentType("application/json").type("send-otp").messageId(job.get("request_id").getAsString()).deliveryMode(2).build();
        var mandatory = true;
        channel.basicPublish("otp", "send", mandatory, properties, job.toString().getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(WAIT_MS);
        if (!returned.isEmpty()) // it comes before the confirm
            throw new IOException(returned.peek());
    }

    static String textOf(JsonElement value) {
        return value == null || value.isJsonNull() ? "-" : value.getAsString();
    }

    /** Prints what is told of the request; the status it ended with, or null. */
    static String follow(BlockingQueue<JsonObject> events, String requestId) throws InterruptedException {
        var told = new HashSet<String>();
        var end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MS);
        while (true) {
            var event = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                System.err.println("nothing was told of it in " + WAIT_MS / 1000 + " s: see otpctl dead list");
                return null;
            }
            var name = textOf(event.get("event"));
            if (!requestId.equals(textOf(event.get("request_id"))) || !told.add(name))
                continue; // another's, or told before
            System.out.println(name + " " + textOf(event.get("provider")) + " " + textOf(event.get("reason")));
            var status = name.replace("delivery.", "");
            if (ENDS.contains(status))
                return status;
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 1 && args.length != 2) {
            System.err.println("usage: Producer NUMBER [REQUEST_ID]");
            System.exit(64);
        }
        var requestId = args.length == 2 ? args[1] : UUID.randomUUID().toString();
        var factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL"));
        Connection broker;
        BlockingQueue<JsonObject> events;
        try {
            broker = factory.newConnection();
            var channel = broker.createChannel();
            events = listen(channel); // before the job is published: what is told of it cannot be missed
            publish(channel, jobFor(args[0], requestId));
        } catch (IOException | TimeoutException refused) {
            System.err.println("not taken: " + refused.getMessage());
            System.exit(2);
            return;
        }
        System.out.println(requestId);
        var status = follow(events, requestId);
        broker.close();
        System.exit("sent".equals(status) || "delivered".equals(status) ? 0 : 1);
    }
}
