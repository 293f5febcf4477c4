# One .deb for each component, with the dependencies that dpkg-shlibdeps finds.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The otp-worker developers <otp-worker@example.com>")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_SOURCE_DIR}/build/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL ${PACKAGES})
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_SOURCE_DIR}/strip.cmake")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# package NAME PROGRAM|FILES DEPENDS SYNOPSIS DESCRIPTION
function(package name kind depends synopsis description)
    string(TOUPPER ${name} key)
    set(scripts "")
    foreach(script postinst prerm postrm conffiles)
        if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/debian/${name}/${script}")
            list(APPEND scripts "${CMAKE_CURRENT_SOURCE_DIR}/debian/${name}/${script}")
        endif()
    endforeach()
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_DESCRIPTION "${synopsis}\n${description}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
    if(kind STREQUAL "PROGRAM")
        set(CPACK_DEBIAN_${key}_PACKAGE_SHLIBDEPS ON PARENT_SCOPE)
    else()
        set(CPACK_DEBIAN_${key}_PACKAGE_ARCHITECTURE all PARENT_SCOPE)
    endif()
endfunction()

set(same "otp-common (= ${PROJECT_VERSION})")
package(otp-common FILES "systemd"
    "one-time codes by SMS and WhatsApp: settings, templates, documents"
    "What otp-worker, otp-verify and otpctl share on a machine: the system user,
the file of settings, the rules of sending, the templates of the texts and the
documents.")
# Providers are called by HTTPS, and their certificates held to the system's authorities.
package(otp-worker PROGRAM "${same}, ca-certificates"
    "one-time codes by SMS and WhatsApp: the sender"
    "Takes jobs from RabbitMQ, texts one-time codes by Twilio or Gupshup with
retries and failover, and records in PostgreSQL what became of each. Any
number of them share a queue.")
package(otp-verify PROGRAM "${same}"
    "one-time codes by SMS and WhatsApp: the HTTP service"
    "Checks one-time codes, accepts sends, shows their status and takes the
receipts of providers, over HTTP.")
package(otpctl PROGRAM "${same}"
    "one-time codes by SMS and WhatsApp: the operator's command line"
    "Makes and updates the schema in PostgreSQL, declares queues in RabbitMQ,
keeps API keys, shows what happened to a send, and looks for what is wrong.")
package(otp-sandbox PROGRAM ""
    "one-time codes by SMS and WhatsApp: providers to practise on"
    "Stands in for Twilio and Gupshup on a developer's machine: the same requests,
the same errors, signed receipts, and an inbox to look at.")

include(CPack)
