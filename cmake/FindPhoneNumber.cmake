# libphonenumber. Debian's -dev package wants another Boost than ours, so scripts/install-deps unpacks
# its headers under .deps; an ordinary installation is found as well.
set(PHONENUMBER_PREFIX "${PROJECT_SOURCE_DIR}/.deps/phonenumber" CACHE PATH "libphonenumber-dev, unpacked")
find_path(PhoneNumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
find_path(PhoneNumber_INCLUDE_DIR phonenumbers/phonenumberutil.h
          PATHS "${PHONENUMBER_PREFIX}/usr/include" NO_DEFAULT_PATH)
find_library(PhoneNumber_LIBRARY NAMES phonenumber libphonenumber.so.8)
find_package(Protobuf QUIET)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PhoneNumber
    REQUIRED_VARS PhoneNumber_LIBRARY PhoneNumber_INCLUDE_DIR Protobuf_FOUND)
if(PhoneNumber_FOUND AND NOT TARGET PhoneNumber::phonenumber)
    add_library(PhoneNumber::phonenumber UNKNOWN IMPORTED)
    set_target_properties(PhoneNumber::phonenumber PROPERTIES
        IMPORTED_LOCATION "${PhoneNumber_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${PhoneNumber_INCLUDE_DIR}"
        # without it the headers ask for Boost.Thread
        INTERFACE_COMPILE_DEFINITIONS "I18N_PHONENUMBERS_USE_STDMUTEX=1"
        INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
endif()
