# `cmake --install`: programs, libraries, headers, and a package that another
# project finds with find_package(rolegate).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rolegate)

install(TARGETS rolegate_engine EXPORT rolegate-targets)
set(public_headers decision diagnostic engine policy question registry)
if(ROLEGATE_BUILD_SERVICE)
  list(APPEND public_headers client middleware session)
  install(TARGETS rolegate_proto rolegate_grpc_protos rolegate_client
    EXPORT rolegate-targets)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/generated/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
  install(DIRECTORY proto/rolegate
    DESTINATION ${CMAKE_INSTALL_DATADIR}/rolegate/proto)
  install(TARGETS rolegated rolegate)
  # The prefix is known when this runs, for `cmake --install` may name another.
  install(CODE "configure_file(
    \"${PROJECT_SOURCE_DIR}/deploy/systemd/rolegated.service.in\"
    \"${PROJECT_BINARY_DIR}/rolegated.service\" @ONLY)")
  install(FILES ${PROJECT_BINARY_DIR}/rolegated.service
    DESTINATION lib/systemd/system)
  install(FILES deploy/systemd/rolegated.sysusers
    DESTINATION lib/sysusers.d RENAME rolegated.conf)
  install(FILES deploy/systemd/rolegated.yaml
    deploy/systemd/rolegated.logrotate
    DESTINATION ${CMAKE_INSTALL_DATADIR}/rolegate)
endif()
install(FILES deploy/schema/registry.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/rolegate)
list(TRANSFORM public_headers PREPEND include/rolegate/)
list(TRANSFORM public_headers APPEND .h)
install(FILES ${public_headers}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rolegate)
install(EXPORT rolegate-targets NAMESPACE rolegate:: DESTINATION ${package_dir})

configure_package_config_file(cmake/rolegate-config.cmake.in
  ${PROJECT_BINARY_DIR}/rolegate-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/rolegate-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rolegate-config.cmake
  ${PROJECT_BINARY_DIR}/rolegate-config-version.cmake
  DESTINATION ${package_dir})
