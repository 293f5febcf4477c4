// producer.mjs NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent or over.
import {randomUUID} from 'node:crypto';
import amqp from 'amqplib';

const WAIT_MS = 60_000;
const ENDS = ['sent', 'delivered', 'undelivered', 'failed', 'expired', 'rejected', 'canceled'];

const [number, requestId = randomUUID()] = process.argv.slice(2);
if (!number) {
    console.error('usage: producer.mjs NUMBER [REQUEST_ID]');
    process.exit(64);
}

const job = {
    version: 1,
    request_id: requestId,
    to: number,
    purpose: 'login',
    variables: {app: 'Acme'},
    requested_at: new Date().toISOString(),
    tenant: process.env.OTP_TENANT ?? 'default',
};

function refuse(error) {
    console.error('not taken:', error.message || error.code);
    process.exit(2);
}

const broker = await amqp.connect(process.env.AMQP_URL).catch(refuse);
const channel = await broker.createConfirmChannel();

// Before the job is published: what is told of it cannot be missed.
const {queue} = await channel.assertQueue('', {exclusive: true});
await channel.bindQueue(queue, 'otp.events', 'delivery.#');
const told = new Set();
const ended = new Promise((resolve) => {
    setTimeout(() => {
        console.error(`nothing was told of it in ${WAIT_MS / 1000} s: see otpctl dead list`);
        resolve(null);
    }, WAIT_MS).unref();
    channel.consume(queue, (message) => {
        const event = JSON.parse(message.content.toString());
        if (event.request_id !== requestId || told.has(event.event)) return; // another's, or told before
        told.add(event.event);
        console.log(event.event, event.provider ?? '-', event.reason ?? '-');
        const status = event.event.replace('delivery.', '');
        if (ENDS.includes(status)) resolve(status);
    }, {noAck: true});
});

// A message that no queue takes comes back before it is confirmed.
let returned = null;
channel.on('return', (message) => { returned = message.fields.replyText; });
channel.publish('otp', 'send', Buffer.from(JSON.stringify(job)), {
    contentType: 'application/json',
    type: 'send-otp',
    messageId: requestId,
    persistent: true,
    mandatory: true,
});
try {
    await channel.waitForConfirms(); // rejects where the broker refuses it
    if (returned) throw new Error(returned);
} catch (refused) {
    refuse(refused);
}
console.log(requestId);

const status = await ended;
await broker.close();
process.exit(['sent', 'delivered'].includes(status) ? 0 : 1);
