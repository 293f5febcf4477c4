// WebOTP: where the browser can, it takes the code from a text that ends with "@host #code", once the person agrees.
const form = document.getElementById("code-form");

if ("OTPCredential" in window) {
    const waiting = new AbortController();
    form.addEventListener("submit", () => waiting.abort());
    navigator.credentials
        .get({ otp: { transport: ["sms"] }, signal: waiting.signal })
        .then((text) => {
            form.elements.code.value = text.code;
            form.requestSubmit();
        })
        .catch(() => {
            // The person declined, or typed the code in: the form works without.
        });
}
