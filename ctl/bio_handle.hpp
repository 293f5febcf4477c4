#pragma once

#include <openssl/bio.h>

#include <memory>

namespace otp {

struct free_bio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};

// A file or memory of OpenSSL's, freed with its owner. Empty where it could not be opened.
using bio_handle = std::unique_ptr<BIO, free_bio>;

}  // namespace otp
